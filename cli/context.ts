import type { Output } from './output.ts'

/** What every command needs to know of where it runs. */
export interface CommandContext {
  output: Output
  projectRoot: string
  /** Called when a command acts: the option that names it has been read by then. */
  stateDir: () => string
}
