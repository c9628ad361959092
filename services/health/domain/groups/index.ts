export { createGroupHistory, type GroupHistory, rememberedSweeps } from './history.ts'
export { type JudgedGroup, judgeGroups, toGroupHealth } from './judge.ts'
export { describeGroupHealth, type GroupSnapshot, listGroupHealth, worstFirst } from './list.ts'
export { recordsToDate } from './record-times.ts'
