/** By this first word a shell asks for what may stand in the place of the last one: cli/complete.ts. */
export const completingWord = '__complete'
