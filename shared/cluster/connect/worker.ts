import { join } from 'node:path'
import { KopsError } from '../../errors/catalog.ts'
import { basicAuthorization } from '../../upstream/address.ts'
import { type ClusterDefinition, modeOf } from '../definition.ts'
import { loggingOption } from '../distribution-folder.ts'
import { lastLines } from '../last-lines.ts'
import { findUser, type NodeUser } from '../local/node-user.ts'
import { findDistribution } from '../local/preflight.ts'
import { ownId } from '../own-ids.ts'
import { type HttpProcess, startHttpProcesses, stopHttpProcess } from '../stack/local-services.ts'
import type { OnProgress } from '../stack/port.ts'
import type { ServiceUser } from '../stack/service-user.ts'
import { connectFiles, connectName, connectUser, ensureConnectPassword, writeWorkerFiles } from './files.ts'

export interface WorkerPlace {
  projectRoot: string
  stateDir: string
  /** As which the services run, which call the worker. */
  reader: ServiceUser | undefined
}

/**
 * Lets the keeper run the worker of Kafka Connect of a cluster in the local runtime; resolves once it answers. The brokers
 * must be up. Idempotent; does nothing for a cluster without Connect.
 * @throws KopsError runtime_failed with the last lines of its log, or naming the jars that are missing
 */
export async function startConnect(
  definition: ClusterDefinition,
  { projectRoot, stateDir, reader }: WorkerPlace,
  onProgress: OnProgress
): Promise<void> {
  const { connect } = definition
  if (connect === undefined) return
  const step = 'Kafka Connect'
  onProgress({ step, state: 'started' })
  const kafkaDir = join(projectRoot, 'kafka')
  const mode = modeOf(definition)
  const { java, libs } = await findDistribution(kafkaDir, mode, { connect: true })
  const files = connectFiles(stateDir)
  const template = join(kafkaDir, 'templates', 'connect.properties')
  const user = await findUser(workerUserOf(definition.id), [java, libs, template, stateDir])
  const password = await ensureConnectPassword(files, reader)
  await writeWorkerFiles(definition, { files, template, password, user, reader })
  const process: HttpProcess = {
    name: connectName,
    command: java,
    args: [
      `-Xmx${connect.heap}`,
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djava.awt.headless=true',
      '-Djava.net.preferIPv4Stack=true',
      loggingOption(kafkaDir, mode, 'log4j'),
      `-Djava.security.auth.login.config=${files.login}`,
      ...['-cp', `${libs}/*`, 'org.apache.kafka.connect.cli.ConnectDistributed', files.properties]
    ],
    cwd: files.data,
    env: {},
    url: `http://127.0.0.1:${connect.port}`,
    port: connect.port,
    // 200 once the worker has joined its group and read what it keeps in Kafka (KIP-1017).
    readyPath: '/health',
    readyHeaders: { authorization: basicAuthorization(connectUser, password) },
    // The first one makes the worker load most of what serves its API.
    answerMs: 15_000,
    // writeWorkerFiles() has made them.
    dataDirs: [],
    user: user && { ...user, reason: 'its own user' }
  }
  await startHttpProcesses(stateDir, definition.id, [process])
  onProgress({ step, state: 'done', detail: `curl -K ${files.curl} ${process.url}/connectors` })
}

/**
 * The last lines of the worker's log.
 * @throws KopsError runtime_failed where it has none, or a container has it
 */
export async function connectLog(stateDir: string, definition: ClusterDefinition, lines: number): Promise<string[]> {
  if (definition.connect === undefined) {
    throw new KopsError('runtime_failed', 'this cluster has no Kafka Connect; ./kops cluster up --with connect adds it')
  }
  if (definition.runtime === 'compose') {
    throw new KopsError('runtime_failed', `a container has its log: docker-compose logs ${connectName}`)
  }
  return lastLines(join(stateDir, 'logs', `${connectName}.log`), lines)
}

/** Stops the worker, and keeps it no longer. Idempotent. */
export function stopConnect(stateDir: string): Promise<void> {
  return stopHttpProcess(stateDir, connectName)
}

/**
 * The user of a cluster's worker: another one than the brokers' and the services', because connectors are code that others
 * wrote.
 */
export function workerUserOf(clusterId: string): NodeUser {
  const id = ownId('nodes', `${clusterId} connect`)
  return { uid: id, gid: id }
}

/** The settings of admin-service with which it reaches the worker; none without one. */
export function connectSettings(definition: ClusterDefinition, stateDir: string): Record<string, string> {
  if (definition.connect === undefined) return {}
  return {
    KOPS_CONNECT_URL: `http://${connectUser}@127.0.0.1:${definition.connect.port}`,
    KOPS_CONNECT_PASSWORD_FILE: connectFiles(stateDir).password
  }
}
