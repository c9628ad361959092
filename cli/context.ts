import type { Client } from '#shared/client/client.ts'
import { type ClusterDefinition, defaultPorts, loadDefinition } from '#shared/cluster/definition.ts'
import type { AlertingSettings } from '#shared/cluster/observability/index.ts'
import type { Stack } from '#shared/cluster/stack/port.ts'
import { clientOf } from './client.ts'
import { type ServiceUrls, sudoCaller } from './config.ts'
import type { Person } from './confirm.ts'
import type { Output } from './output.ts'

/** The environment of a command. */
export interface CommandContext {
  output: Output
  person: Person
  projectRoot: string
  /** Called when a command acts: the option that names it has been read by then. */
  stateDir: () => string
  /** Addresses of services outside this checkout. */
  urls: () => ServiceUrls
}

/** The stack of a definition, as this command may drive it. Loaded on demand: most commands only call services. */
export async function stackOf(
  definition: ClusterDefinition,
  { projectRoot, stateDir }: CommandContext,
  alerting?: AlertingSettings
): Promise<Stack> {
  const { createStack } = await import('#shared/cluster/stack/create-stack.ts')
  return createStack(definition, { projectRoot, stateDir: stateDir(), sudo: sudoCaller(), alerting })
}

/**
 * A client of the services that options or settings name; otherwise of this checkout's cluster, or of the default ports where
 * none is set up.
 */
export async function clientFor({ stateDir, urls }: CommandContext): Promise<Client> {
  return clientOf((await loadDefinition(stateDir())) ?? { ports: defaultPorts }, urls())
}
