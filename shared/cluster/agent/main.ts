import { randomBytes, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { createFileTrail } from '../../audit/file-trail.ts'
import { takeLock } from '../../files/lock-file.ts'
import { createRuntime } from '../create-runtime.ts'
import { agentSocket, loadDefinition } from '../definition.ts'
import { agentFiles, agentLedger } from './agent-files.ts'
import { createAgentApp } from './app.ts'
import { auditedAgent } from './audited-agent.ts'
import { createClusterAgent } from './cluster-agent.ts'
import { openFaultJournal } from './fault-journal.ts'
import { createHeldFaults } from './held-faults.ts'
import { createNodeLock } from './node-lock.ts'
import { registerRoutes } from './routes.ts'
import { prepareSocketFolder, protectSocket } from './socket.ts'
import { exitCodes } from './supervisor-rules.ts'
import { watchOver } from './watch-over.ts'

// The agent's process: --state-dir <folder with cluster.json> [--socket-gid <group>] [--socket <path>]

const { values } = parseArgs({
  options: { 'state-dir': { type: 'string' }, 'socket-gid': { type: 'string' }, socket: { type: 'string' } }
})
const app = await createAgentApp('info')
const logger = app.log
const stateDir = resolve(values['state-dir'] ?? '.kops')
const definition = await loadDefinition(stateDir)
if (!definition) {
  logger.fatal(`there is no cluster in ${stateDir}`)
  process.exit(exitCodes.misconfigured)
}
const claim = await takeLock(agentFiles(stateDir).lock)
if (!claim) {
  logger.info('another agent serves this cluster')
  process.exit(exitCodes.alreadyServed)
}

const runtime = await createRuntime(stateDir, definition)
const journal = openFaultJournal(agentFiles(stateDir).faults)
const lock = createNodeLock()
// A clock that no adjustment of the machine's moves: leases end when they should.
const now = () => performance.timeOrigin + performance.now()
const heldFaults = createHeldFaults({ runtime, journal, lock, now, log: logger })
const agent = createClusterAgent({ definition, runtime, heldFaults, lock })
const trail = createFileTrail(
  {
    path: agentFiles(stateDir).audit,
    onUndecodable: (found) => logger.warn(found, 'the audit trail had a line that is no event; it is kept')
  },
  () => `agent-${randomBytes(4).toString('hex')}`
)
const onProblem = (err: unknown) => logger.warn({ err }, 'a verb could not be recorded in the audit trail')
registerRoutes(app, auditedAgent(agent, { trail, now: () => new Date(), newId: randomUUID, onProblem }))

const watching = new AbortController()
// Long enough to heal: a broker that was stopped has to start. From here on, so that an agent that cannot listen heals too.
closeWithGrace({ delay: 75_000, logger }, async ({ signal, err }) => {
  if (err) logger.fatal({ err }, 'ending after an uncaught error')
  else logger.info({ signal }, 'ending')
  watching.abort()
  await app.close()
  await agent.close()
  await claim.release()
})

// Before it listens: a node's state must include the faults of an earlier agent.
await heldFaults.reconcile()

const socketPath = values.socket ?? agentSocket(definition)
await prepareSocketFolder(socketPath)
await app.listen({ path: socketPath })
await protectSocket(socketPath, values['socket-gid'] === undefined ? undefined : Number(values['socket-gid']))

// Under Compose the engine does it.
if (await agentLedger(stateDir).isAlive('supervisor')) watchOver(stateDir, { signal: watching.signal, log: logger })
