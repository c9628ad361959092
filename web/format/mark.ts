/** How a state is shown: each mark has a shape and a colour of its own (ui/status-mark.tsx). */
export type Mark = 'healthy' | 'degraded' | 'down' | 'unknown' | 'progress'

/** A state for people. */
export interface MarkedState {
  mark: Mark
  word: string
}
