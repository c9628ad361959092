import type { ClusterDefinition } from './definition.ts'
import type { NodeRuntime } from './runtime.ts'

/** The runtime that a definition names; the other one is not even loaded. */
export async function createRuntime(stateDir: string, definition: ClusterDefinition): Promise<NodeRuntime> {
  if (definition.runtime === 'compose') {
    const { createComposeRuntime } = await import('./compose/compose-runtime.ts')
    const { createProbeContext } = await import('./security/probe-context.ts')
    return createComposeRuntime(definition, { probeContext: createProbeContext(stateDir, definition) })
  }
  const { createLocalRuntime } = await import('./local/local-runtime.ts')
  return createLocalRuntime({ stateDir, definition })
}
