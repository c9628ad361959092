import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { agentFiles, agentLedger } from './agent-files.ts'
import { afterExit } from './supervisor-rules.ts'

// Restarts the agent when it dies. It does nothing else, so that it has nothing to fail on.

const { values } = parseArgs({ options: { 'state-dir': { type: 'string' } }, strict: false })
const stateDir = resolve(String(values['state-dir'] ?? '.kops'))
const ledger = agentLedger(stateDir)
const ending = new AbortController()

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    ending.abort()
    ledger.signal('agent', 'SIGTERM').catch(() => {})
  })
}

/** Resolves to the exit code of an agent when it ends; null after a signal. @throws KopsError if it cannot be started */
async function runAgent(): Promise<number | null> {
  const agent = await ledger.start({
    name: 'agent',
    command: process.execPath,
    args: [fileURLToPath(new URL('main.ts', import.meta.url)), ...process.argv.slice(2)],
    logFile: agentFiles(stateDir).log,
    attached: true
  })
  if (ending.signal.aborted) await ledger.signal('agent', 'SIGTERM')
  return (await agent.exited).code
}

let quickEnds = 0
for (;;) {
  const startedAt = performance.now()
  const code = await runAgent().catch((error: unknown) => {
    // A full disk has no room for the agent's record; a later attempt may find some.
    console.error(error)
    return null
  })
  const next = afterExit(code, performance.now() - startedAt, quickEnds)
  if (next.action === 'exit' || ending.signal.aborted) {
    process.exitCode = next.action === 'exit' ? next.code : 0
    break
  }
  quickEnds = next.quickEnds
  console.error(`The agent ended with ${code ?? 'no exit code'}; restarting it in ${next.delayMs} ms`)
  await delay(next.delayMs, undefined, { signal: ending.signal }).catch(() => {})
  if (ending.signal.aborted) break
}
