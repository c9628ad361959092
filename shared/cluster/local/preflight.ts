import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { ClusterMode } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { tryRun } from '../command.ts'
import { distributionFolder } from '../distribution-folder.ts'
import { listensOn, type NodePlan } from './node-plan.ts'

/** Kafka as Maven resolved it, and the Java that runs it. */
export interface Distribution {
  java: string
  libs: string
  jmxAgent: string
}

/**
 * @param kafkaDir the project's kafka/
 * @param needs what it is for: the nodes, or Kafka Connect
 * @throws KopsError runtime_failed naming what is missing and how to get it
 */
export async function findDistribution(
  kafkaDir: string,
  mode: ClusterMode,
  needs: DistributionNeeds = {}
): Promise<Distribution> {
  const folder = distributionFolder(kafkaDir, mode)
  const libs = join(folder, 'libs')
  const java = (await tryRun('/bin/sh', ['-c', 'command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java"']))?.trim()
  if (!java) {
    throw new KopsError(
      'runtime_failed',
      'java was not found: apt-get install openjdk-17-jre-headless, or set JAVA_HOME'
    )
  }
  const jars = await readdir(libs).catch((): string[] => [])
  const missing = missingJars(jars, mode, needs)
  const agent = jars.find((jar) => jmxAgentJar.test(jar))
  if (missing.length > 0 || agent === undefined) {
    throw new KopsError(
      'runtime_failed',
      `Kafka's jars are not in ${libs} (${missing.join(', ')} missing): ` +
        `run ./setup.sh --mode ${mode}, or mvn -q -B -f ${join(folder, 'pom.xml')} dependency:copy-dependencies`
    )
  }
  return { java, libs, jmxAgent: join(libs, agent) }
}

const jmxAgentJar = /^jmx_prometheus_javaagent-/

export interface DistributionNeeds {
  /** Also the jars that only Kafka Connect needs: distributions of earlier versions of kops lack them. */
  connect?: boolean
}

/** Requirements of a mode that are missing among the jars, by readable names. */
export function missingJars(
  jars: readonly string[],
  mode: ClusterMode,
  { connect = false }: DistributionNeeds = {}
): string[] {
  const needed: Record<string, RegExp> = {
    kafka: /^kafka_2\.13-.*\.jar$/,
    ...(mode === 'kraft' ? { metadata: /^kafka-metadata-\d.*\.jar$/ } : { zookeeper: /^zookeeper-\d.*\.jar$/ }),
    agent: jmxAgentJar,
    ...(connect && {
      'connect-runtime': /^connect-runtime-\d/,
      'connect-file': /^connect-file-\d/,
      'connect-basic-auth-extension': /^connect-basic-auth-extension-\d/
    })
  }
  return Object.entries(needed)
    .filter(([, pattern]) => !jars.some((jar) => pattern.test(jar)))
    .map(([name]) => name)
}

export interface PortClaim {
  /** The node that wants it. */
  node: string
  host: string
  port: number
}

/**
 * Refuses a start that would fail on a port: binds each claimed address for a moment.
 * @param reserved ports that something uses without listening on them, with its name
 * @throws KopsError runtime_failed naming every port, the node that needs it and, if visible, its current user
 */
export async function assertPortsFree(claims: PortClaim[], reserved: Map<number, string>): Promise<void> {
  const problems = await Promise.all(
    claims.map(async (claim) => {
      const holder = reserved.get(claim.port)
      if (holder !== undefined) return `${claim.host}:${claim.port} (${claim.node}) is forwarded by ${holder}`
      const code = await bindError(claim)
      if (code === undefined) return undefined
      const where = `${claim.host}:${claim.port} (${claim.node})`
      if (code !== 'EADDRINUSE') return `${where} is not available for listening: ${code}`
      const owner = await listenerOf(claim.port)
      return `${where} is in use${owner === undefined ? '' : ` by ${owner}`}`
    })
  )
  const found = problems.filter((problem) => problem !== undefined)
  if (found.length > 0) {
    throw new KopsError('runtime_failed', `Nothing was started because ports are in use: ${found.join('; ')}`)
  }
}

function bindError({ host, port }: PortClaim): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/**
 * `java (pid 4182)`: the process that listens on a TCP port, from /proc; undefined if it is not visible (another
 * user's, or none).
 */
export async function listenerOf(port: number): Promise<string | undefined> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => ''))
  )
  const listening = '0A'
  const sockets = new Set<string>()
  for (const line of tables.join('\n').split('\n')) {
    const fields = line.trim().split(/\s+/)
    if (fields[1]?.endsWith(`:${hexPort}`) && fields[3] === listening) sockets.add(`socket:[${fields[9]}]`)
  }
  if (sockets.size === 0) return undefined
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch((): string[] => [])
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
      if (sockets.has(target)) return `${(await readFile(`/proc/${pid}/comm`, 'utf8')).trim()} (pid ${pid})`
    }
  }
  return undefined
}

/** On this machine's own addresses; listeners inside a namespace do not conflict. */
export function claimsOf(nodes: readonly NodePlan[]): PortClaim[] {
  return nodes.flatMap((node) => {
    const published = node.published.map(({ hostPort }) => ({ node: node.name, host: '127.0.0.1', port: hostPort }))
    const own = node.address.startsWith('127.')
      ? listensOn(node)
          .filter(({ host }) => host !== '127.0.0.1')
          .map((claim) => ({ node: node.name, ...claim }))
      : []
    return [...published, ...own]
  })
}
