import type { ClusterDefinition } from './definition.ts'
import { createLocalRuntime } from './local/local-runtime.ts'
import type { NodeRuntime } from './runtime.ts'

/** The runtime that a definition names. */
export async function createRuntime(stateDir: string, definition: ClusterDefinition): Promise<NodeRuntime> {
  return createLocalRuntime({ stateDir, definition })
}
