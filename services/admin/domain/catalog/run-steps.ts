import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { BatchOptions, Refusals, TopicBatches } from '#shared/kafka/topics/port.ts'
import type { ChangeTiming, WaitTiming } from '../timing.ts'
import { waitForAll } from '../topics/agreement.ts'
import type { CatalogStep } from './plan.ts'
import type { RemoveTopic } from './remove.ts'

/** done; failed: Kafka refused it, or it is not usable; unknown: sent and not answered; not-begun: the run broke off before. */
export type StepOutcome = { state: 'done' | 'not-begun' } | { state: 'failed' | 'unknown'; error: KopsError }
export type Outcomes = Map<CatalogStep, StepOutcome>

export interface RunPorts {
  reader: Pick<ClusterReader, 'views'>
  batches: Omit<TopicBatches, 'close'>
  remove: RemoveTopic
  /** The steps that are left, as the cluster is now. */
  replan: () => Promise<CatalogStep[]>
}

/** Maximum number of partitions in one request: a controller takes longer over larger ones than the client waits. */
const partitionsOfBatch = 1500

/**
 * Runs steps in batches: topics, partitions, overrides, deletions. What Kafka refuses of a batch does not stop the
 * others; a batch that is not answered stops the run, unless a second look at the cluster shows that it was carried out.
 */
export async function runSteps(ports: RunPorts, steps: CatalogStep[], options: ChangeTiming): Promise<Outcomes> {
  const outcomes: Outcomes = new Map(steps.map((step) => [step, { state: 'not-begun' }]))
  const request: BatchOptions = { validateOnly: false, timeoutMs: options.changeTimeoutMs }
  const creates = steps.filter((step) => step.action === 'create')
  const grows = steps.filter((step) => step.action === 'add-partitions')
  const alters = steps.filter((step) => step.action === 'alter-config')
  const removals = steps.filter((step) => step.action === 'delete')

  const runs = [
    ...inBatches(creates, ({ spec }) => spec.partitions).map((batch) => ({
      batch,
      send: () =>
        ports.batches.createTopics(
          batch.map(({ spec }) => spec),
          request
        )
    })),
    ...inBatches(grows, ({ partitions }) => partitions).map((batch) => ({
      batch,
      send: () => ports.batches.addPartitions(batch, request)
    })),
    ...inBatches(alters, () => 1).map((batch) => ({ batch, send: () => ports.batches.setConfigs(batch, request) })),
    ...removals.map((step) => ({ batch: [step], send: () => removeOne(ports.remove, step.name) }))
  ]
  for (const { batch, send } of runs) {
    if (!(await runBatch(ports, batch, send, outcomes))) break
  }
  await awaitLeaders(ports.reader, outcomes, options)
  return outcomes
}

/** @returns whether the run may continue */
async function runBatch(
  ports: RunPorts,
  batch: CatalogStep[],
  send: () => Promise<Refusals>,
  outcomes: Outcomes
): Promise<boolean> {
  try {
    const refusals = await send()
    for (const step of batch) {
      const error = refusals.get(step.name)
      // A topic whose creation timed out on the broker is still being created: its leaders will show.
      const accepted = error === undefined || isKopsError(error, 'kafka_timeout')
      outcomes.set(step, accepted ? { state: 'done' } : { state: 'failed', error })
    }
    return true
  } catch (error) {
    if (!isKopsError(error)) throw error
    const sent = isKopsError(error, 'kafka_timeout')
    if (!sent) {
      const [first] = batch
      if (first) outcomes.set(first, { state: 'failed', error })
      return false
    }
    const open = await ports.replan().then(stepKeys, () => undefined)
    const carriedOut = (step: CatalogStep) => open !== undefined && !open.has(keyOf(step))
    for (const step of batch) outcomes.set(step, carriedOut(step) ? { state: 'done' } : { state: 'unknown', error })
    return batch.every(carriedOut)
  }
}

async function removeOne(remove: RemoveTopic, name: string): Promise<Refusals> {
  try {
    await remove(name, { dryRun: false })
    return new Map()
  } catch (error) {
    if (!isKopsError(error) || isKopsError(error, 'kafka_timeout')) throw error
    return new Map([[name, error]])
  }
}

/** Topics are usable once each reachable broker names a leader for each partition: waits for all of them at once. */
async function awaitLeaders(
  reader: Pick<ClusterReader, 'views'>,
  outcomes: Outcomes,
  waiting: WaitTiming
): Promise<void> {
  const changed = [...outcomes].flatMap(([step, { state }]) => {
    const partitions = state === 'done' ? partitionsAfter(step) : undefined
    return partitions === undefined ? [] : [{ step, name: step.name, partitions }]
  })
  const objected = await waitForAll(reader, changed, waiting)
  for (const { step, name } of changed) {
    const objections = objected.get(name)
    if (objections === undefined) continue
    const error = new KopsError('topic_not_ready', `it exists, but ${objections.join('; ')}`)
    outcomes.set(step, { state: 'failed', error })
  }
}

function partitionsAfter(step: CatalogStep): number | undefined {
  if (step.action === 'create') return step.spec.partitions
  return step.action === 'add-partitions' ? step.partitions : undefined
}

/** @throws KopsError the first failure, with what was done and what was not, if anything failed */
export function assertComplete(outcomes: Outcomes): void {
  const all = [...outcomes]
  const failure = all.map(([, outcome]) => outcome).find((outcome) => 'error' in outcome)
  if (failure === undefined) return
  const done = all.filter(([, { state }]) => state === 'done')
  const open = all.filter(([, { state }]) => state !== 'done')
  const { error } = failure
  const detail =
    `${done.length} of ${all.length} changes were made, then: ${error.message}. ` +
    `Done: ${namesOf(done.map(([step]) => step))}. Not done, or unknown: ${namesOf(open.map(([step]) => step))}. ` +
    'Apply the same catalog again to continue'
  throw new KopsError(error.code, detail, {
    cause: error,
    kafkaError: error.kafkaError,
    errors: open.map(([step, outcome]) => ({
      field: step.at,
      message: `${step.action} ${step.name}: ${'error' in outcome ? `${outcome.state}: ${outcome.error.message}` : 'not started'}`
    }))
  })
}

const mostNames = 50

function namesOf(steps: CatalogStep[]): string {
  if (steps.length === 0) return 'nothing'
  const names = steps.slice(0, mostNames).map(({ action, name }) => `${action} ${name}`)
  return names.join(', ') + (steps.length > mostNames ? ` and ${steps.length - mostNames} more` : '')
}

function inBatches<Step>(steps: Step[], weightOf: (step: Step) => number): Step[][] {
  const batches: Step[][] = []
  let weight = Number.POSITIVE_INFINITY
  for (const step of steps) {
    const own = weightOf(step)
    if (weight + own > partitionsOfBatch) {
      batches.push([])
      weight = 0
    }
    batches.at(-1)?.push(step)
    weight += own
  }
  return batches
}

function stepKeys(steps: CatalogStep[]): Set<string> {
  return new Set(steps.map(keyOf))
}

function keyOf({ action, name }: CatalogStep): string {
  return `${action} ${name}`
}
