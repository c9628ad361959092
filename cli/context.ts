import { type Client, createClient } from '#shared/client/client.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import type { AlertingSettings } from '#shared/cluster/observability/index.ts'
import type { Stack } from '#shared/cluster/stack/port.ts'
import { type Access, authoritiesOf, readToken } from './access.ts'
import { sudoCaller } from './config.ts'
import type { Person } from './confirm.ts'
import type { Output } from './output.ts'
import { readOnlyClient } from './read-only.ts'

/** The environment of a command. What is a function is called when the command acts: the options have been read by then. */
export interface CommandContext {
  output: Output
  person: Person
  projectRoot: string
  stateDir: () => string
  /** How to reach the services. @throws UsageError if that cannot be found out */
  access: () => Promise<Access>
  /** Whether to print calls instead of making them: `--curl`. */
  asksCurl: () => boolean
  /** The name of the cluster that may be changed: `--confirm-cluster`. */
  confirmedCluster: () => string | undefined
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

/** A client of the services: one that sends no change where the context is read-only; one that prints with `--curl`. */
export async function clientFor({ access, asksCurl, output }: CommandContext): Promise<Client> {
  const found = await access()
  if (asksCurl()) return (await import('./curl.ts')).printingClient(output, found)
  const { urls, token, context } = found
  const client = createClient({ urls, token: await readToken(token), ca: authoritiesOf(found) })
  return context?.readOnly ? readOnlyClient(client, context.name) : client
}
