import {
  type ClusterDefinition,
  clusterId,
  defaultConnect,
  defaultHeap,
  defaultName,
  defaultPorts,
  modeOf,
  noSecuredConnect,
  securityOf,
  withMode
} from '#shared/cluster/definition.ts'
import type { ClusterMode, ClusterSecurity, RuntimeKind } from '#shared/contracts/cluster.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { heapFromEnvironment } from './config.ts'

/** The properties of a cluster that are chosen at setup and then fixed. */
export interface ClusterChoice {
  runtime?: RuntimeKind | undefined
  mode?: ClusterMode | undefined
  security?: ClusterSecurity | undefined
  /** Parts to add to the cluster, or to take away from it; it keeps those that neither names. */
  with?: ClusterPart[] | undefined
  without?: ClusterPart[] | undefined
}

/** What a cluster may have besides. */
export const clusterParts = ['connect'] as const
export type ClusterPart = (typeof clusterParts)[number]

/** @throws KopsError validation_failed if they cannot be combined; check it before taking anything down for them */
export function assertPossible(choice: ClusterChoice): void {
  const { runtime, mode, security = 'plaintext' } = choice
  if (runtime === 'compose' && mode === 'kraft') {
    throw fieldError('validation_failed', '--mode', 'only the local runtime starts a KRaft cluster; got compose')
  }
  for (const part of choice.with ?? []) {
    if (choice.without?.includes(part)) throw fieldError('validation_failed', '--without', `--with names ${part}, too`)
  }
  if (choice.with?.includes('connect') && security !== 'plaintext') {
    throw fieldError('validation_failed', '--with', noSecuredConnect)
  }
}

/**
 * The definition of this checkout's cluster: the existing one, or a new one with the default ports. Does not save it:
 * that happens once something is created.
 * @param replaced the old cluster is gone: another may take its place
 * @throws KopsError validation_failed if the requested runtime, mode or security differs from the existing one, or they
 * cannot be combined
 */
export function defineCluster(
  stateDir: string,
  choice: ClusterChoice,
  before: ClusterDefinition | undefined,
  replaced: boolean
): ClusterDefinition {
  if (before && !replaced) {
    assertUnchanged('--runtime', choice.runtime, before.runtime)
    assertUnchanged('--mode', choice.mode, modeOf(before))
    assertUnchanged('--security', choice.security, securityOf(before))
  }
  const runtime = choice.runtime ?? before?.runtime ?? 'local'
  const mode = choice.mode ?? (before ? modeOf(before) : 'zookeeper')
  const security = choice.security ?? (before ? securityOf(before) : 'plaintext')
  assertPossible({ ...choice, runtime, mode, security })
  const connect = choice.without?.includes('connect')
    ? undefined
    : (before?.connect ?? (choice.with?.includes('connect') ? defaultConnect : undefined))
  const definition: ClusterDefinition = {
    id: clusterId(stateDir),
    name: before?.name ?? defaultName,
    runtime,
    ...(security === 'plaintext' ? {} : { security }),
    ports: before?.ports ?? defaultPorts,
    ...(connect && security === 'plaintext' && { connect }),
    heap: { ...(before?.heap ?? defaultHeap), ...heapFromEnvironment() },
    // A cluster that was wiped is another one.
    ...(before?.kraftClusterId === undefined || replaced ? {} : { kraftClusterId: before.kraftClusterId }),
    // Its brokers stay as many: those that were added are no controllers.
    ...(before?.controllers === undefined ? {} : { controllers: before.controllers })
  }
  return withMode(definition, mode)
}

/** Whether the choice differs from the existing one. */
export function isChange({ runtime, mode, security }: ClusterChoice, before: ClusterDefinition): boolean {
  return (
    (runtime !== undefined && runtime !== before.runtime) ||
    (mode !== undefined && mode !== modeOf(before)) ||
    (security !== undefined && security !== securityOf(before))
  )
}

function assertUnchanged(option: string, asked: string | undefined, is: string): void {
  if (asked === undefined || asked === is) return
  throw fieldError(
    'validation_failed',
    option,
    `this checkout is set up with ${is}; ./setup.sh --reset ${option} ${asked} replaces it and deletes its data`
  )
}
