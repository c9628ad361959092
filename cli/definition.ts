import {
  type ClusterDefinition,
  clusterId,
  defaultHeap,
  defaultName,
  defaultPorts,
  loadDefinition,
  saveDefinition
} from '../shared/cluster/definition.ts'
import type { RuntimeKind } from '../shared/contracts/cluster.ts'
import { fieldError } from '../shared/errors/catalog.ts'
import { heapFromEnvironment } from './config.ts'

/**
 * The definition of this checkout's cluster: the one that is there, or a new one with the default ports.
 * @param anew the old cluster has been wiped: another runtime may take its place
 * @throws KopsError validation_failed when another runtime is asked for than the one that is set up
 */
export async function prepareDefinition(
  stateDir: string,
  runtime: RuntimeKind | undefined,
  anew: boolean
): Promise<ClusterDefinition> {
  const before = await loadDefinition(stateDir)
  if (before && !anew && runtime !== undefined && runtime !== before.runtime) {
    throw fieldError(
      'validation_failed',
      '--runtime',
      `this checkout is set up with the ${before.runtime} runtime; ./setup.sh --reset --runtime ${runtime} replaces it, and its data is lost`
    )
  }
  const definition: ClusterDefinition = {
    id: clusterId(stateDir),
    name: before?.name ?? defaultName,
    runtime: runtime ?? before?.runtime ?? 'local',
    ports: before?.ports ?? defaultPorts,
    heap: { ...(before?.heap ?? defaultHeap), ...heapFromEnvironment() }
  }
  await saveDefinition(stateDir, definition)
  return definition
}
