import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import type { ClusterHealth } from '#shared/contracts/health.ts'

const lastLines = 5

/** The current length of each service's log, to find what is written later. */
export async function logSizes(stateDir: string): Promise<Map<string, number>> {
  const files = (await readdir(join(stateDir, 'logs'))).filter((name) => name.endsWith('-service.log'))
  const paths = files.map((name) => join(stateDir, 'logs', name))
  return new Map(await Promise.all(paths.map(async (path) => [path, (await stat(path)).size] as const)))
}

/** For the reader of a failed test: the cluster's current problems, and the last errors in the services' logs. */
export async function whatTheClusterLooksLike(
  healthUrl: string,
  stateDir: string,
  before: ReadonlyMap<string, number>
): Promise<string> {
  const lines = await healthLines(healthUrl).catch((error: unknown) => [`health-service does not answer: ${error}`])
  for (const path of (await logSizes(stateDir)).keys()) {
    const errors = (await readFrom(path, before.get(path) ?? 0)).split('\n').filter(isError)
    lines.push(...errors.slice(-lastLines).map((line) => `${path}: ${line.slice(0, 600)}`))
  }
  return `${lines.map((line) => `# cluster: ${line}`).join('\n')}\n`
}

async function healthLines(healthUrl: string): Promise<string[]> {
  const { body } = await request(`${healthUrl}/api/health`, { headersTimeout: 5000, bodyTimeout: 5000 })
  const { status, reasons, warnings, brokers, zookeepers, partitions } = (await body.json()) as ClusterHealth
  return [
    `${status} ${JSON.stringify(partitions)}`,
    ...reasons.map(({ code, message }) => `${code}: ${message}`),
    ...warnings.map((warning) => `warning ${JSON.stringify(warning)}`),
    ...[...brokers, ...zookeepers].map(({ name, reachable }) => `${name} ${reachable ? 'answers' : 'does not answer'}`)
  ]
}

/** A line of pino with level 50 (error) or 60 (fatal), or what Node prints of a crash. */
const isError = (line: string) => /^\{"level":[56]0,|^\w*Error: /.test(line)

async function readFrom(path: string, start: number): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    // A log that was turned over is read whole.
    return await file
      .createReadStream({ start: size < start ? 0 : start, encoding: 'utf8', autoClose: false })
      .reduce((all: string, part: string) => all + part, '')
  } finally {
    await file.close()
  }
}
