import type { Connector } from '#shared/contracts/connectors.ts'
import type { Mark, MarkedState } from '../format/mark.ts'
import { counted } from '../format/numbers.ts'

const marks: Record<string, Mark> = {
  RUNNING: 'healthy',
  PAUSED: 'unknown',
  STOPPED: 'unknown',
  FAILED: 'down',
  RESTARTING: 'progress',
  UNASSIGNED: 'degraded'
}

/** The state of a connector or of a task. */
export function stateMark(state: string): MarkedState {
  return { mark: marks[state] ?? 'unknown', word: state.toLowerCase() }
}

/** A connector as its worst part: one that runs with a failed task does only part of its work. */
export function connectorState({
  state,
  tasks
}: Pick<Connector, 'state'> & { tasks: readonly { state: string }[] }): MarkedState {
  const failed = tasks.filter((task) => task.state === 'FAILED').length
  if (state === 'FAILED' || failed === 0) return stateMark(state)
  return { mark: 'down', word: `${failed} of ${counted(tasks.length, 'task')} failed` }
}
