import { join } from 'node:path'

/**
 * Where an agent can be made to wait. recorded: the fault is on disk, and nothing is done yet. deed: before a command or a
 * signal that changes a node. record: before the journal is brought up to date.
 */
export type Gate = 'recorded' | 'deed' | 'record'

/** `closed` has how many passages the gate lets through before it stops one; `reached` appears when it does. */
export function gateFiles(folder: string, gate: Gate): { closed: string; reached: string } {
  return { closed: join(folder, `${gate}.closed`), reached: join(folder, `${gate}.reached`) }
}
