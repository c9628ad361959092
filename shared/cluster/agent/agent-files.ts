import { join } from 'node:path'
import { createProcessLedger, type ProcessLedger } from '../process-ledger.ts'

/** The agent's files, under the cluster's state directory. */
export function agentFiles(stateDir: string) {
  const folder = join(stateDir, 'agent')
  return {
    folder,
    faults: join(folder, 'faults'),
    audit: join(folder, 'audit.jsonl'),
    log: join(folder, 'agent.log'),
    /** The one agent of the cluster holds it. */
    lock: join(folder, 'agent.lock')
  }
}

/** The processes of the agent: `supervisor` and `agent`. */
export function agentLedger(stateDir: string): ProcessLedger {
  return createProcessLedger((name) => join(agentFiles(stateDir).folder, `${name}.pid`))
}
