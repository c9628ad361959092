import { tryRun } from '../command.ts'

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
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', status = '', ports = ''] = line.split('\t')
      const port = /127\.0\.0\.1:(\d+)->/.exec(ports)?.[1]
      return { name, health: healthOf(status), port: port === undefined ? undefined : Number(port) }
    })
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
