import { randomBytes, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { createFileTrail } from '../../audit/file-trail.ts'
import { takeLock } from '../../files/lock-file.ts'
import { drillVerbs } from '../agent-port.ts'
import { agentSocket, drillsSocket } from '../agent-sockets.ts'
import { createRuntime } from '../create-runtime.ts'
import { loadDefinition } from '../definition.ts'
import { processGroupOf } from '../own-ids.ts'
import { agentFiles, agentLedger } from './agent-files.ts'
import { createAgentApp } from './app.ts'
import { type AgentTrailOptions, auditedAgent } from './audited-agent.ts'
import { createClusterAgent } from './cluster-agent.ts'
import { openFaultJournal } from './fault-journal.ts'
import { createHeldFaults } from './held-faults.ts'
import { createNodeLock } from './node-lock.ts'
import { findReplicaRecords } from './replica-records.ts'
import { registerRoutes } from './routes.ts'
import { listenOnSockets } from './socket.ts'
import { exitCodes } from './supervisor-rules.ts'
import { watchOver } from './watch-over.ts'

// The agent's process: --state-dir <folder with cluster.json>, and in a container, where the sockets are and whose:
// [--socket <path>] [--socket-uid <user>] [--drills-socket <path>] [--drills-gid <group>]

const { values } = parseArgs({
  options: {
    'state-dir': { type: 'string' },
    socket: { type: 'string' },
    'socket-uid': { type: 'string' },
    'drills-socket': { type: 'string' },
    'drills-gid': { type: 'string' }
  },
  // A supervisor that was started by an older version passes what that one took.
  strict: false
})
const textOf = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
const idOf = (name: string) => (textOf(name) === undefined ? undefined : Number(textOf(name)))
/** The first one is for whoever drives the cluster, the second one for load-test-service. */
const [app, drillsApp] = [await createAgentApp('info'), await createAgentApp('info')]
const logger = app.log
const stateDir = resolve(textOf('state-dir') ?? '.kops')
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
const agent = createClusterAgent({
  ...{ definition, runtime, heldFaults, lock },
  findRecords: (question) => findReplicaRecords(stateDir, definition, question)
})
const trail = createFileTrail(
  {
    path: agentFiles(stateDir).audit,
    onUndecodable: (found) => logger.warn(found, 'the audit trail had a line that is no event; it is kept')
  },
  () => `agent-${randomBytes(4).toString('hex')}`
)
const onProblem = (err: unknown) => logger.warn({ err }, 'a verb could not be recorded in the audit trail')
const audited = (socket: AgentTrailOptions['socket']) =>
  auditedAgent(agent, { trail, socket, now: () => new Date(), newId: randomUUID, onProblem })
registerRoutes(app, audited('agent-socket'))
registerRoutes(drillsApp, audited('drills-socket'), drillVerbs)

const watching = new AbortController()
// Long enough to heal: a broker that was stopped has to start. From here on, so that an agent that cannot listen heals too.
closeWithGrace({ delay: 75_000, logger }, async ({ signal, err }) => {
  if (err) logger.fatal({ err }, 'ending after an uncaught error')
  else logger.info({ signal }, 'ending')
  watching.abort()
  await Promise.all([app.close(), drillsApp.close()])
  await agent.close()
  await claim.release()
})

// Before it listens: a node's state must include the faults of an earlier agent.
await heldFaults.reconcile()

// Only root can give a socket to the group of load-test-service; otherwise that runs as this user.
const drillsGroup = process.getuid?.() === 0 ? processGroupOf(definition.id, 'load-test-service') : undefined
await listenOnSockets([
  { app, path: textOf('socket') ?? agentSocket(definition), mode: 0o600, uid: idOf('socket-uid') },
  {
    app: drillsApp,
    path: textOf('drills-socket') ?? drillsSocket(definition),
    mode: 0o660,
    gid: idOf('drills-gid') ?? drillsGroup
  }
])

// Under Compose the engine does it.
if (await agentLedger(stateDir).isAlive('supervisor')) watchOver(stateDir, { signal: watching.signal, log: logger })
