import type { Client } from '#shared/client/client.ts'
import { withAgent } from '#shared/cluster/agent/client.ts'
import { type ClusterDefinition, loadDefinition } from '#shared/cluster/definition.ts'
import type { OnProgress, Stack } from '#shared/cluster/stack/port.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { localUrls } from '../access.ts'
import { alertingFromEnvironment } from '../config.ts'
import { type CommandContext, clientFor, stackOf } from '../context.ts'
import { UsageError } from '../output.ts'
import { showProgress } from '../progress.ts'

/** The cluster of this checkout, as commands change it that drive its nodes and call its services. */
export interface OwnCluster {
  definition: ClusterDefinition
  client: Client
  /** The stack of another definition of it. */
  stackOf: (definition: ClusterDefinition) => Promise<Stack>
  /** On standard error: an answer may be printed as data. */
  progress: OnProgress
}

/**
 * @throws KopsError runtime_failed when nothing is set up here
 * @throws UsageError when the services that would be called are those of another cluster
 */
export async function openOwnCluster(context: CommandContext): Promise<OwnCluster> {
  const { output, stateDir } = context
  const definition = await loadDefinition(stateDir())
  if (!definition) {
    throw new KopsError(
      'runtime_failed',
      `no cluster is set up in ${stateDir()}; this changes the nodes of one on this machine`
    )
  }
  const { urls, context: named } = await context.access()
  if (portOf(urls.admin) !== portOf(localUrls(definition.ports).admin)) {
    const whose = named ? `context ${named.name}` : urls.admin
    throw new UsageError(
      `${whose} is not the cluster of ${stateDir()}: this changes the nodes of that one (--context local)`
    )
  }
  return {
    definition,
    client: await clientFor(context),
    stackOf: async (other) => stackOf(other, context, await alertingFromEnvironment(stateDir())),
    progress: showProgress({ print: output.error, error: output.error })
  }
}

/** @throws KopsError fault_conflict while a fault is in place: changing the nodes would undo it, or fail because of it */
export async function statusWithoutFaults(definition: ClusterDefinition): Promise<ClusterStatus> {
  const status = await withAgent(definition, (agent) => agent.status())
  const [fault] = status.faults
  if (fault)
    throw new KopsError('fault_conflict', `${fault.node} has the active fault ${fault.kind}: wait until it is healed`)
  return status
}

function portOf(url: string): string {
  return new URL(url).port
}
