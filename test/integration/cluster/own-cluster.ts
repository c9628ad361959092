import { tmpdir } from 'node:os'
import type { Test } from 'tap'
import { tryRun } from '#shared/cluster/command.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import { eventually } from '../support/eventually.ts'
import { testMode } from '../support/test-cluster.ts'
import { createThrowawayCluster, type ThrowawayCluster } from '../support/throwaway-cluster.ts'

/**
 * A separate cluster for this test, taken down whatever happens.
 * @param adjust changes the definition of three brokers and, in zookeeper mode, three ZooKeeper nodes
 * @param mode defaults to that of the cluster under test
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

/** Resolves once a condition holds; rejects at the deadline with its description. */
export async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  await eventually(what, holds, Boolean, timeoutMs)
}

/** Traces of a cluster in the kernel and in the directory of temporary files. */
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
