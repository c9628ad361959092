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

let quickEnds = 0
for (;;) {
  const startedAt = performance.now()
  const agent = await ledger.start({
    name: 'agent',
    command: process.execPath,
    args: [fileURLToPath(new URL('main.ts', import.meta.url)), ...process.argv.slice(2)],
    logFile: agentFiles(stateDir).log,
    attached: true
  })
  if (ending.signal.aborted) await ledger.signal('agent', 'SIGTERM')
  const { code } = await agent.exited
  const next = afterExit(code, performance.now() - startedAt, quickEnds)
  if (next.action === 'exit' || ending.signal.aborted) {
    process.exitCode = next.action === 'exit' ? next.code : 0
    break
  }
  quickEnds = next.quickEnds
  console.error(`The agent ended with ${code ?? 'a signal'}; restarting it in ${next.delayMs} ms`)
  await delay(next.delayMs, undefined, { signal: ending.signal }).catch(() => {})
  if (ending.signal.aborted) break
}
