import {
  type ClusterDefinition,
  clusterId,
  defaultHeap,
  defaultName,
  defaultPorts,
  modeOf,
  withMode
} from '#shared/cluster/definition.ts'
import type { ClusterMode, RuntimeKind } from '#shared/contracts/cluster.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { heapFromEnvironment } from './config.ts'

/** The properties of a cluster that are chosen at setup and then fixed. */
export interface ClusterChoice {
  runtime?: RuntimeKind | undefined
  mode?: ClusterMode | undefined
}

/** @throws KopsError validation_failed if the two cannot be combined; check it before taking anything down for them */
export function assertPossible({ runtime, mode }: ClusterChoice): void {
  if (mode !== 'kraft' || runtime !== 'compose') return
  throw fieldError('validation_failed', '--mode', 'only the local runtime starts a KRaft cluster; got compose')
}

/**
 * The definition of this checkout's cluster: the existing one, or a new one with the default ports. Does not save it:
 * that happens once something is created.
 * @param replaced the old cluster is gone: another may take its place
 * @throws KopsError validation_failed if the requested runtime or mode differs from the existing one, or they cannot be
 * combined
 */
export function defineCluster(
  stateDir: string,
  { runtime, mode }: ClusterChoice,
  before: ClusterDefinition | undefined,
  replaced: boolean
): ClusterDefinition {
  if (before && !replaced) {
    assertUnchanged('--runtime', runtime, before.runtime)
    assertUnchanged('--mode', mode, modeOf(before))
  }
  const definition: ClusterDefinition = {
    id: clusterId(stateDir),
    name: before?.name ?? defaultName,
    runtime: runtime ?? before?.runtime ?? 'local',
    ports: before?.ports ?? defaultPorts,
    heap: { ...(before?.heap ?? defaultHeap), ...heapFromEnvironment() },
    // A cluster that was wiped is another one.
    ...(before?.kraftClusterId === undefined || replaced ? {} : { kraftClusterId: before.kraftClusterId })
  }
  return withMode(definition, mode ?? (before ? modeOf(before) : 'zookeeper'))
}

/** Whether the choice differs from the existing one. */
export function isChange({ runtime, mode }: ClusterChoice, before: ClusterDefinition): boolean {
  return (runtime !== undefined && runtime !== before.runtime) || (mode !== undefined && mode !== modeOf(before))
}

function assertUnchanged(option: string, asked: string | undefined, is: string): void {
  if (asked === undefined || asked === is) return
  throw fieldError(
    'validation_failed',
    option,
    `this checkout is set up with ${is}; ./setup.sh --reset ${option} ${asked} replaces it and deletes its data`
  )
}
