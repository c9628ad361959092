import { tmpdir } from 'node:os'
import type { Test } from 'tap'
import { tryRun } from '#shared/cluster/command.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import { eventually } from '../support/eventually.ts'
import { testMode } from '../support/test-cluster.ts'
import { createThrowawayCluster, type ThrowawayCluster } from '../support/throwaway-cluster.ts'

/**
 * A cluster of this test's own. It is taken down whatever happens.
 * @param adjust makes another cluster out of three brokers and, in the mode with them, three ZooKeepers
 * @param mode that of the cluster under test unless another is given
 */
export async function createOwnCluster(
  t: Test,
  adjust?: (definition: ClusterDefinition) => ClusterDefinition,
  mode = testMode
): Promise<ThrowawayCluster> {
  const cluster = await createThrowawayCluster({
    name: 'kops-cluster-test',
    heap: { broker: '256m', zookeeper: '64m' },
    mode,
    ...(adjust && { adjust })
  })
  t.teardown(cluster.takeDown)
  return cluster
}

/** Resolves when a condition holds; rejects with what was awaited when it does not in time. */
export async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  await eventually(what, holds, Boolean, timeoutMs)
}

/** What of a cluster can be found in the kernel and in the folder of temporary files. */
export async function traces(id: string): Promise<string[]> {
  const [namespaces, links, tables, processes, folders] = await Promise.all([
    tryRun('ip', ['netns', 'list']),
    tryRun('ip', ['-o', 'link']),
    tryRun('nft', ['list', 'tables']),
    tryRun('ps', ['-eo', 'pid,stat,args', '-ww']),
    tryRun('ls', [tmpdir()])
  ])
  return [namespaces, links, tables, folders]
    .flatMap((text) => (text ?? '').split('\n'))
    .concat((processes ?? '').split('\n').filter((line) => !/^\s*\d+ Z/.test(line)))
    .filter((line) => line.includes(`kops-${id}`) || line.includes(`kops_${id}`))
}
