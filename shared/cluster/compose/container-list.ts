import { run, tryRun } from '../command.ts'
import type { StoredData } from '../stack/port.ts'

export type ContainerHealth = 'healthy' | 'unhealthy' | 'starting' | 'restarting' | 'paused' | 'stopped'

/** A container of the project as `docker ps` lists it. */
export interface ListedContainer {
  name: string
  health: ContainerHealth
  /** The first port published on 127.0.0.1; undefined while it does not run. */
  port: number | undefined
}

const columns = '{{.Names}}\t{{.Status}}\t{{.Ports}}'

/** Every container of a Compose project, running or not. Empty when the engine does not answer. */
export async function listContainers(project: string): Promise<ListedContainer[]> {
  const filter = `label=com.docker.compose.project=${project}`
  return parseContainers((await tryRun('docker', ['ps', '--all', '--filter', filter, '--format', columns])) ?? '')
}

/** Reads the lines of `docker ps` with the columns names, status and ports. */
export function parseContainers(output: string): ListedContainer[] {
  return lines(output).map((line) => {
    const [name = '', status = '', ports = ''] = line.split('\t')
    const port = /127\.0\.0\.1:(\d+)->/.exec(ports)?.[1]
    return { name, health: healthOf(status), port: port === undefined ? undefined : Number(port) }
  })
}

/**
 * The resources of a Compose project: its volumes with their sizes, and its containers if there is no volume yet.
 * @throws KopsError runtime_failed if the engine does not answer
 */
export async function listStored(project: string): Promise<StoredData[]> {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`]
  const volumes = lines(await run('docker', ['volume', 'ls', '--quiet', ...filter]))
  if (volumes.length === 0) {
    const containers = lines(await run('docker', ['ps', '--all', '--format', '{{.Names}}', ...filter]))
    return containers.map((owner) => ({ owner, bytes: 0 }))
  }
  const sizes = parseSizes((await tryRun('docker', ['system', 'df', '--verbose', '--format', sizeColumns])) ?? '')
  return volumes.map((owner) => ({ owner, bytes: sizes.get(owner) ?? null }))
}

const sizeColumns = '{{range .Volumes}}{{.Name}}\t{{.Size}}{{println}}{{end}}'

/** Reads names of volumes and sizes as the engine writes them: `12.5MB`, powers of 1000. */
export function parseSizes(output: string): Map<string, number> {
  return new Map(
    lines(output).flatMap((line): [string, number][] => {
      const [name = '', size = ''] = line.split('\t')
      const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kMGT]?)B$/.exec(size) ?? []
      return number === undefined ? [] : [[name, Math.round(Number(number) * 1000 ** ' kMGT'.indexOf(unit || ' '))]]
    })
  )
}

function lines(output: string): string[] {
  return output.split('\n').filter((line) => line !== '')
}

/** How often the restart policy restarted each container, by name; missing containers are left out. */
export async function listRestarts(names: readonly string[]): Promise<Map<string, number>> {
  const format = '{{.Name}}\t{{.RestartCount}}'
  const inspected = await Promise.all(names.map((name) => tryRun('docker', ['inspect', '--format', format, name])))
  return parseRestarts(inspected.join(''))
}

/** Reads lines of names, with the engine's slash before them, and counts. */
export function parseRestarts(output: string): Map<string, number> {
  return new Map(
    lines(output).map((line) => {
      const [name = '', count = ''] = line.split('\t')
      return [name.replace(/^\//, ''), Number(count)]
    })
  )
}

/** A running container without a health check counts as healthy: there is nothing else to wait for. */
function healthOf(status: string): ContainerHealth {
  if (status.startsWith('Restarting')) return 'restarting'
  if (!status.startsWith('Up')) return 'stopped'
  if (status.includes('(Paused)')) return 'paused'
  if (status.includes('(unhealthy)')) return 'unhealthy'
  if (status.includes('(health: starting)')) return 'starting'
  return 'healthy'
}
