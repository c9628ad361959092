import { formatBytes, formatSeconds } from '../format/numbers.ts'

/** Kafka's largest number stands for no limit, give or take what a number of JavaScript cannot hold. */
const noLimit = 9_223_372_036_854_775_000

/** What the value of a setting means, where its number is in a unit that nobody reads; undefined where it says all itself. */
export function inWords(name: string, value: string): string | undefined {
  if (!/^-?\d+$/.test(value)) return undefined
  const number = Number(value)
  if (number >= noLimit || (number === -1 && name.includes('retention'))) return 'no limit'
  if (name.endsWith('.ms') && number >= 1000) return formatSeconds(number / 1000)
  if (name.endsWith('.bytes') && number >= 1024) return formatBytes(number)
  return undefined
}
