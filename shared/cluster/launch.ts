import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { KopsError } from '../errors/catalog.ts'
import { exists } from '../files/exists.ts'
import { poll } from '../poll.ts'
import { agentFiles, agentLedger } from './agent/agent-files.ts'
import { withAgent } from './agent/client.ts'
import { assertMayOpen } from './agent/socket.ts'
import { startSupervisor } from './agent/start-supervisor.ts'
import { agentDir, agentSocket, drillsSocket } from './agent-sockets.ts'
import { type ClusterDefinition, loadDefinition, saveDefinition } from './definition.ts'
import { lastLines } from './last-lines.ts'

/** Its process has much to read before it listens, on a machine that starts everything else at the same time. An end is noticed at once. */
const answerMs = 60_000
const restartMs = 6_000
/** The agent heals its faults before it ends. */
const endMs = 80_000

/**
 * Ensures that the agent of a cluster answers on agentSocket(definition): starts its supervisor, which outlives this
 * process, unless both are running. Replaces an agent that lost its supervisor, serves another definition, or is of an
 * older version, without a socket for drills. Saves the definition in the state directory if it has changed.
 * @throws KopsError runtime_failed with the last lines of the agent's log; agent_unreachable if it belongs to another user
 */
export async function ensureAgent(stateDir: string, definition: ClusterDefinition): Promise<void> {
  await assertMayOpen(agentSocket(definition))
  const folder = resolve(stateDir)
  const files = agentFiles(folder)
  const ledger = agentLedger(folder)
  const asBefore = isDeepStrictEqual(await loadDefinition(folder), definition)
  if (!asBefore) await saveDefinition(folder, definition)

  const supervised = await ledger.isAlive('supervisor')
  // An agent that is starting, or restarting, gets time to begin.
  const served = await answersWithin(definition, supervised ? restartMs : 0)
  if (supervised && served && asBefore && (await exists(drillsSocket(definition)))) return
  await endProcesses(folder)

  await startSupervisor(folder)
  const look = async () =>
    (await answers(definition)) ? 'answers' : (await ledger.isAlive('supervisor')) ? 'silent' : 'dead'
  const { answer } = await poll(look, (state) => state !== 'silent', { timeoutMs: answerMs, pauseMs: 30 })
  if (answer === 'answers') return
  await endProcesses(folder)
  const log = (await lastLines(files.log, 10)).join('\n')
  throw new KopsError('runtime_failed', `The agent does not start; the last lines of ${files.log}:\n${log}`)
}

/**
 * Stops the agent of a cluster and its supervisor, and removes the socket's directory. Heals its faults first; the
 * nodes keep running. Idempotent.
 */
export async function stopAgent(stateDir: string, definition: ClusterDefinition): Promise<void> {
  await endProcesses(resolve(stateDir))
  await rm(agentDir(definition), { recursive: true, force: true })
}

async function endProcesses(stateDir: string): Promise<void> {
  const ledger = agentLedger(stateDir)
  // Twice, because an agent that has lost its supervisor may start one just before it ends.
  for (const _ of [1, 2]) {
    // The supervisor first: it forwards the signal, and starts no further agent.
    await ledger.stop('supervisor', { graceMs: endMs })
    await ledger.stop('agent', { graceMs: endMs })
  }
}

async function answersWithin(definition: ClusterDefinition, timeoutMs: number): Promise<boolean> {
  const { done } = await poll(
    () => answers(definition),
    (answered) => answered,
    { timeoutMs, pauseMs: 30 }
  )
  return done
}

function answers(definition: ClusterDefinition): Promise<boolean> {
  return withAgent(definition, (agent) => agent.status()).then(
    () => true,
    () => false
  )
}
