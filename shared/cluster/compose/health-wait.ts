import { setTimeout as delay } from 'node:timers/promises'
import { KopsError } from '../../errors/catalog.ts'
import { tryRun } from '../command.ts'
import type { OnProgress } from '../stack/port.ts'
import { type ContainerHealth, type ListedContainer, listContainers } from './container-list.ts'

/** The steps that a person sees, and the containers that each waits for. */
const steps: { step: string; members: RegExp }[] = [
  { step: 'Kafka and ZooKeeper', members: /^(kafka|zookeeper)-\d+$/ },
  { step: 'services', members: /^(agent|.*-service)$/ },
  { step: 'Prometheus and Alertmanager', members: /^(prometheus|alertmanager)$/ },
  { step: 'Grafana and Kafka UI', members: /^(grafana|kafka-ui)$/ }
]

const deadlineMs = 240_000
/** How long a container may be unhealthy or restarting before it counts as failed. */
const patienceMs = 30_000
const pollMs = 500

/**
 * Waits until every container of a project is healthy, with one step a group.
 * @param isAwaited leaves out containers
 * @throws KopsError runtime_failed with the log that matters
 */
export async function waitUntilHealthy(
  project: string,
  onProgress: OnProgress,
  isAwaited: (name: string) => boolean = () => true
): Promise<void> {
  const listAwaited = async () => (await listContainers(project)).filter(({ name }) => isAwaited(name))
  const began = performance.now()
  const badSince = new Map<string, number>()
  const open = new Map<string, RegExp>()
  for (const { step, members } of steps) {
    if ((await listAwaited()).some(({ name }) => members.test(name))) {
      open.set(step, members)
      onProgress({ step, state: 'started' })
    }
  }
  while (open.size > 0) {
    const containers = await listAwaited()
    for (const [step, members] of open) {
      const group = containers.filter(({ name }) => members.test(name))
      if (group.length > 0 && group.every(({ health }) => health === 'healthy')) {
        open.delete(step)
        onProgress({ step, state: 'done' })
      }
    }
    const failed = findFailed(containers, badSince, performance.now(), patienceMs)
    const late =
      performance.now() - began > deadlineMs ? containers.find(({ health }) => health !== 'healthy') : undefined
    const culprit = failed ?? late
    if (culprit) {
      const log = (await tryRun('sh', ['-c', 'exec docker logs --tail 15 "$0" 2>&1', culprit.name])) ?? ''
      const said = log.trim() === '' ? 'its log is empty' : `its log ends:\n${log}`
      throw new KopsError('runtime_failed', `container ${culprit.name} is ${culprit.health}; ${said}`)
    }
    if (open.size > 0) await delay(pollMs)
  }
}

const bad: ContainerHealth[] = ['unhealthy', 'restarting']

/**
 * The first container that will not become healthy by itself: one that stopped, or that has been unhealthy or
 * restarting for longer than patienceMs. `badSince` is the caller's memory between calls.
 */
export function findFailed(
  containers: ListedContainer[],
  badSince: Map<string, number>,
  now: number,
  patience: number
): ListedContainer | undefined {
  for (const { name, health } of containers) {
    if (bad.includes(health)) badSince.set(name, badSince.get(name) ?? now)
    else badSince.delete(name)
  }
  return containers.find(({ name, health }) => health === 'stopped' || now - (badSince.get(name) ?? now) > patience)
}
