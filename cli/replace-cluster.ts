import { type ClusterDefinition, loadDefinition, removeDefinition } from '#shared/cluster/definition.ts'
import type { OnProgress, StoredData } from '#shared/cluster/stack/port.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { clientOf } from './client.ts'
import { type CommandContext, stackOf } from './context.ts'
import { type ClusterChoice, defineCluster, isChange } from './definition.ts'
import { exit } from './exit-codes.ts'
import { bytes, counted, table, UsageError } from './output.ts'

/**
 * The definition of the cluster to start. Created data binds a checkout to its runtime, mode and security; without any,
 * a new choice replaces the old one.
 * @throws KopsError validation_failed if data of another runtime, mode or security exists
 */
export async function prepareDefinition(
  context: CommandContext,
  choice: ClusterChoice,
  progress: OnProgress
): Promise<ClusterDefinition> {
  const stateDir = context.stateDir()
  const before = await loadDefinition(stateDir)
  if (!before || !isChange(choice, before)) return defineCluster(stateDir, choice, before, false)
  const stack = await stackOf(before, context)
  const stored = await stack.stored().catch(() => undefined)
  if (stored?.length !== 0) return defineCluster(stateDir, choice, before, false)
  // Nothing that anybody could miss: only processes, if anything.
  await stack.wipe(progress)
  return defineCluster(stateDir, choice, before, true)
}

/**
 * Removes a cluster with its data, after the person at the terminal has agreed. If its engine does not answer, nothing
 * can be removed: reports that, and forgets the cluster.
 * @returns false if the person did not agree
 * @throws UsageError if there is data and no terminal
 */
export async function removeCluster(
  context: CommandContext,
  definition: ClusterDefinition,
  { yes, progress }: { yes: boolean | undefined; progress: OnProgress }
): Promise<boolean> {
  const stack = await stackOf(definition, context)
  let stored: StoredData[]
  try {
    stored = await stack.stored()
  } catch (error) {
    const why = isKopsError(error) ? error.message : String(error)
    const later = `docker compose --project-name ${definition.name} down --volumes removes them once it is back`
    const step = `containers and volumes of ${definition.name}`
    progress({ step, state: 'skipped', detail: `could not be removed and may remain: ${why}. ${later}` })
    await removeDefinition(context.stateDir())
    return true
  }
  if (!yes && !(await isLossAccepted(context, definition, stored))) return false
  await stack.wipe(progress)
  return true
}

/**
 * Shows what would be lost and asks for confirmation; asks nothing if nothing would be lost.
 * @throws UsageError if there is no terminal
 */
export async function isLossAccepted(
  { output, person }: CommandContext,
  definition: ClusterDefinition,
  stored: StoredData[]
): Promise<boolean> {
  if (stored.length === 0) return true
  const total = stored.some((part) => part.bytes === null)
    ? null
    : stored.reduce((sum, part) => sum + (part.bytes ?? 0), 0)
  const topics = await countTopics(definition)
  const what = topics === undefined ? '' : `, ${counted(topics, 'topic')}`
  output.error(`This removes all data of ${definition.name}: ${bytes(total)} on disk${what}.`)
  output.error(
    table(
      ['WHOSE', 'ON DISK'],
      stored.map((part) => [part.owner, bytes(part.bytes)])
    )
  )
  if (!person.present) {
    throw new UsageError(
      'this cannot be undone, and there is no terminal for confirmation: --yes confirms. Nothing was changed.'
    )
  }
  if ((await person.ask(`This cannot be undone. Type ${definition.name} to continue: `)) === definition.name)
    return true
  output.error('Nothing was changed.')
  process.exitCode ??= exit.refused
  return false
}

/** Undefined where admin-service does not answer: a cluster that is down is removed all the same. */
async function countTopics(definition: ClusterDefinition): Promise<number | undefined> {
  try {
    const list = await clientOf(definition).call(endpoints.listTopics, { query: { limit: 10_000 }, timeoutMs: 3000 })
    return list.topics.length
  } catch {
    return undefined
  }
}
