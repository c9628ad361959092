import type { Catalog, CatalogDrift, CatalogResult } from '#shared/contracts/catalog.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { type FieldError, isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { BatchOptions, Refusals, TopicBatches } from '#shared/kafka/topics/port.ts'
import { poll } from '#shared/poll.ts'
import type { ReservedTopics } from '#shared/reserved-topics.ts'
import { type NamedPolicy, policiesOf, policyWarnings, topicBreaches } from '../policies/topic-policies.ts'
import type { ChangeTiming } from '../timing.ts'
import { type Addition, checkAdditions } from '../topics/additions.ts'
import { specWarnings } from '../topics/create-topic.ts'
import { bodyField } from '../topics/topic-to-make.ts'
import { distinctWarnings } from '../warnings.ts'
import { assertCluster, assertDistinct, disputes, invalid } from './agree.ts'
import { type CatalogStep, changeOf, driftOf, planCatalog, unnamedIn } from './plan.ts'
import type { RemoveTopic } from './remove.ts'
import { assertComplete, type Outcomes, runSteps } from './run-steps.ts'

export interface CatalogPorts {
  reader: Pick<ClusterReader, 'metadata' | 'topicConfigs' | 'views'>
  batches: Omit<TopicBatches, 'close'>
  /** The catalogs installed with the service; unreadable ones become warnings. */
  installed: () => Promise<{ catalogs: Catalog[]; warnings: Warning[] }>
  remove: RemoveTopic
  /** Globs that name the topics that kops keeps for itself. */
  ownPatterns: readonly string[]
  reserved: Pick<ReservedTopics, 'refusal'>
  /** The most replicas that one request may create. */
  mostReplicas: number
}

export interface CatalogOptions extends ChangeTiming {
  dryRun: boolean
  allowDelete: boolean
  /** Also adds very many partitions. */
  force?: boolean
}

/**
 * Applies a catalog to the cluster: creates missing topics, adds partitions, sets overrides that differ, and reports
 * what cannot be done. Deletes topics only with `allowDelete`. Idempotent: applying the same catalog again completes an
 * interrupted run. Kafka validates every step before the first is carried out.
 * @throws KopsError validation_failed with `topics.<index>.<field>` for everything that Kafka refuses,
 * partitions_invalid or growth_unconfirmed for very many partitions, cluster_mismatch: then nothing was changed. If it fails midway, the causing error, with what was done and what was
 * not
 */
export async function applyCatalog(
  ports: CatalogPorts,
  catalog: Catalog,
  { dryRun, allowDelete, force = false, ...options }: CatalogOptions
): Promise<CatalogResult> {
  assertDistinct(catalog)
  const { catalogs, warnings: unread } = await ports.installed()
  // Its own as they are in the request: the installed ones may be older.
  const policies = policiesOf([catalog, ...catalogs.filter(({ name }) => name !== catalog.name)])
  const check = (steps: CatalogStep[]) =>
    checkAdditions(steps.flatMap(additionIn), ports.mostReplicas, { dryRun, force })
  const planned = await planValid({ ...ports, policies }, catalog, check, options)
  const steps = allowDelete ? await previewRemovals(ports.remove, planned.steps) : planned.steps.map(withheld)
  const changing = steps.filter(({ action }) => action !== 'none' && action !== 'refuse')
  const wanted = allowDelete ? changing : changing.filter(({ action }) => action !== 'delete')
  const outcomes: Outcomes = dryRun
    ? new Map()
    : await runSteps(
        { ...ports, replan: async () => (await plan({ ...ports, policies }, catalog, options.deadlineMs)).steps },
        wanted,
        options
      )
  assertComplete(outcomes)
  const specs = steps.flatMap((step) => (step.action === 'create' ? [step.spec] : []))
  return {
    catalog: catalog.name,
    clusterId: planned.clusterId,
    dryRun,
    changes: steps.map((step) => changeOf(step, outcomes.has(step))),
    drift: planned.drift,
    ...unnamedIn(planned.topics, [catalog, ...catalogs], ports.ownPatterns),
    asOf: options.now().toISOString(),
    warnings: distinctWarnings([
      ...unread,
      ...disputes(catalog, catalogs),
      ...planned.warnings,
      ...broken(catalog, policies, steps),
      ...specs.flatMap(specWarnings)
    ])
  }
}

/** Rules that topics of a catalog break, but for those of refused topics, whose steps say it. */
function broken(catalog: Catalog, policies: NamedPolicy[], steps: CatalogStep[]): Warning[] {
  const refused = new Set(steps.filter(({ action }) => action === 'refuse').map(({ name }) => name))
  return catalog.topics
    .filter(({ name }) => !refused.has(name))
    .flatMap((spec) => policyWarnings(spec.name, topicBreaches(spec, policies)))
}

function additionIn(step: CatalogStep): Addition[] {
  const { name: topic, at, action } = step
  const field = `${at}.partitions`
  if (action === 'create') return [{ topic, field, ...step.spec }]
  if (action !== 'add-partitions') return []
  return [{ topic, field, partitions: step.added, replicationFactor: step.replicationFactor, grows: true }]
}

interface Planned {
  clusterId: string | null
  topics: Parameters<typeof unnamedIn>[0]
  steps: CatalogStep[]
  drift: CatalogDrift[]
  warnings: Warning[]
}

const rereadMs = 200

/**
 * Plans until Kafka accepts the plan. Brokers that have just started do not know their topics yet: topics that they
 * omit but the controller knows are read again, within the time limit of a change.
 * @param check what a plan has to pass before Kafka sees it; returns warnings
 */
async function planValid(
  ports: CatalogPorts & { policies: readonly NamedPolicy[] },
  catalog: Catalog,
  check: (steps: CatalogStep[]) => Warning[],
  options: ChangeTiming
): Promise<Planned> {
  const ask = async () => {
    const planned = await plan(ports, catalog, options.deadlineMs)
    assertCluster(catalog, planned.clusterId)
    planned.warnings.unshift(...check(planned.steps))
    const verdict = await validate(ports.batches, planned.steps, options.changeTimeoutMs).catch(unvalidated)
    return { planned, ...verdict }
  }
  const { answer } = await poll(ask, ({ errors, outdated }) => errors.length === 0 || !outdated, {
    timeoutMs: options.waitMs,
    pauseMs: rereadMs,
    clock: options
  })
  if (answer.errors.length > 0) throw invalid(answer.errors)
  return answer.planned
}

async function plan(
  { reader, reserved, policies }: Pick<CatalogPorts, 'reader' | 'reserved'> & { policies: readonly NamedPolicy[] },
  catalog: Catalog,
  deadlineMs: number
): Promise<Planned> {
  const metadata = await reader.metadata({ deadlineMs })
  const { clusterId, topics } = metadata.value
  const named = new Set(catalog.topics.map(({ name }) => name))
  const existing = topics.filter(({ name }) => named.has(name)).map(({ name }) => name)
  const configs =
    existing.length === 0 ? { value: new Map(), warnings: [] } : await reader.topicConfigs(existing, { deadlineMs })
  return {
    clusterId,
    topics,
    steps: planCatalog(catalog, topics, configs.value, reserved, policies),
    drift: driftOf(catalog, configs.value),
    warnings: [...metadata.warnings, ...configs.warnings]
  }
}

/** @returns what Kafka refuses, and whether it knows a topic that the plan considers missing */
async function validate(
  batches: CatalogPorts['batches'],
  steps: CatalogStep[],
  timeoutMs: number
): Promise<{ errors: FieldError[]; outdated: boolean }> {
  const options: BatchOptions = { validateOnly: true, timeoutMs }
  const refused: Refusals[] = [
    await batches.createTopics(
      steps.flatMap((step) => (step.action === 'create' ? [step.spec] : [])),
      options
    ),
    await batches.addPartitions(
      steps.flatMap((step) => (step.action === 'add-partitions' ? [step] : [])),
      options
    ),
    await batches.setConfigs(
      steps.flatMap((step) => (step.action === 'alter-config' ? [step] : [])),
      options
    )
  ]
  const places = new Map(steps.map(({ name, at }) => [name, at]))
  const errors: FieldError[] = []
  let outdated = false
  for (const [name, error] of refused.flatMap((refusals) => [...refusals])) {
    if (error.status >= 500) throw error
    outdated ||= isKopsError(error, 'topic_exists')
    const fields = error.errors ?? [{ field: 'name', message: error.message }]
    errors.push(...fields.map(({ field, message }) => ({ field: `${places.get(name)}.${bodyField(field)}`, message })))
  }
  return { errors, outdated }
}

/** A validation-only request cannot have changed anything, whatever its outcome. */
function unvalidated(error: unknown): never {
  if (!isKopsError(error)) throw error
  throw new KopsError(error.code, 'Kafka did not confirm that the plan can be carried out. Nothing was changed', {
    cause: error,
    kafkaError: error.kafkaError
  })
}

/** Runs the guards of deletion before anything is changed: a removal that they refuse becomes a refused step. */
async function previewRemovals(remove: RemoveTopic, steps: CatalogStep[]): Promise<CatalogStep[]> {
  const previewed: CatalogStep[] = []
  for (const step of steps) {
    if (step.action !== 'delete') {
      previewed.push(step)
      continue
    }
    const { name, at } = step
    const checked = await remove(name, { dryRun: true }).then(
      (detail): CatalogStep => ({ action: 'delete', name, at, detail }),
      (error: unknown): CatalogStep => {
        if (!isKopsError(error) || error.status >= 500) throw error
        return { action: 'refuse', name, at, detail: `not deleted: ${error.message}` }
      }
    )
    previewed.push(checked)
  }
  return previewed
}

function withheld(step: CatalogStep): CatalogStep {
  return step.action === 'delete' ? { ...step, detail: `${step.detail}; kept because allowDelete is not set` } : step
}
