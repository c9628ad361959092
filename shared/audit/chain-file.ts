import { closeSync, constants, fdatasyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Static, Type } from 'typebox'
import Value from 'typebox/value'
import { AuditChainSchema } from '../contracts/audit.ts'
import { parseJson } from '../json.ts'
import type { ChainStore } from './chain.ts'

const StateSchema = Type.Object({
  writer: Type.String(),
  sequence: Type.Integer(),
  hash: Type.String(),
  at: Type.String(),
  open: Type.Index(AuditChainSchema, Type.Literal('unwritten')),
  /** The boot of the machine that wrote it. */
  boot: Type.String(),
  closed: Type.Boolean()
})
type State = Static<typeof StateSchema>

export interface ChainFileOptions {
  path: string
  /** Receives what keeps the state from being written. A process that ends meanwhile leaves none, and a new chain begins. */
  onProblem: (error: unknown) => void
  /** Identifies the boot of this machine; by default Linux' own id. */
  boot?: string
}

/**
 * The state of a chain in a small file, which is written in place. A killed process leaves the last state to the kernel, so
 * only the first state of a run and the last are synced: the state that a machine takes down with it is one of a run that
 * did not end, which another boot reveals. Then a new chain begins.
 */
export function createChainFile({ path, onProblem, boot = bootId() }: ChainFileOptions): ChainStore {
  let file: number | undefined
  let last: State | undefined
  let failing = false

  function put(state: State): void {
    last = state
    try {
      const first = file === undefined
      file ??= open()
      // What a longer state leaves behind the first line is not read.
      writeSync(file, `${JSON.stringify(state)}\n`, 0)
      if (first || state.closed) fdatasyncSync(file)
      failing = false
    } catch (error) {
      // Reported once, not for every event until the disk has room again.
      if (!failing) onProblem(error)
      failing = true
      forget()
    }
  }

  function open(): number {
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600)
  }

  /** An old state would use places twice; none begins a new chain. */
  function forget(): void {
    try {
      if (file !== undefined) closeSync(file)
      file = undefined
      rmSync(path, { force: true })
    } catch (error) {
      onProblem(error)
    }
  }

  return {
    read() {
      let text: string | undefined
      try {
        text = readIfThere(path)
      } catch (error) {
        onProblem(error)
        return { because: 'state-unreadable' }
      }
      if (text === undefined) return { because: 'no-state' }
      const found = parseJson(text.split('\n', 1)[0] ?? '')
      if (!Value.Check(StateSchema, found)) return { because: 'state-unreadable' }
      const { boot: before, closed, ...state } = found
      return closed || before === boot ? { continues: state } : { because: 'machine-restarted', last: state }
    },
    write: (state) => put({ ...state, boot, closed: false }),
    close() {
      if (last !== undefined) put({ ...last, closed: true })
      if (file !== undefined) closeSync(file)
      file = undefined
      last = undefined
    }
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function bootId(): string {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown'
}
