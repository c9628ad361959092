import type { Warning } from '#shared/contracts/common.ts'

/** Several readings miss the same broker: it is named once. */
export function distinctWarnings(warnings: Warning[]): Warning[] {
  const distinct = new Map(warnings.map((warning) => [`${warning.code} ${warning.target ?? warning.message}`, warning]))
  return [...distinct.values()]
}
