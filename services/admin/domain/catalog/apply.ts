import type { Catalog, CatalogResult } from '../../../../shared/contracts/catalog.ts'
import type { Warning } from '../../../../shared/contracts/common.ts'
import { type FieldError, isKopsError, KopsError } from '../../../../shared/errors/catalog.ts'
import type { ClusterReader, TopicAdmin } from '../../../../shared/kafka/ports.ts'
import { type CatalogStep, changeOf, planCatalog } from './plan.ts'
import { type ChangeOptions, type ChangePorts, createAndWait, specWarnings } from '../create-topic.ts'
import { distinctWarnings } from '../list-topics.ts'

/**
 * Makes the cluster have what a catalog says: creates what is missing, sets overrides that differ, and says what cannot be
 * done. Idempotent; never deletes. Kafka validates every step before the first is carried out.
 * @throws KopsError validation_failed with `topics.<index>.<field>` for all that Kafka refuses: then nothing was changed
 */
export async function applyCatalog(
  { reader, admin }: ChangePorts,
  catalog: Catalog,
  { dryRun, ...options }: ChangeOptions & { dryRun: boolean }
): Promise<CatalogResult> {
  assertDistinct(catalog)
  const { steps, warnings } = await planValid({ reader, admin }, catalog, options)
  const changes: CatalogResult['changes'] = []
  for (const step of steps) {
    const applied = !dryRun && (await carryOut({ reader, admin }, step, options))
    changes.push(changeOf(step, applied))
  }
  const created = steps.filter(({ action }) => action === 'create')
  return {
    catalog: catalog.name,
    dryRun,
    changes,
    warnings: distinctWarnings([...warnings, ...created.flatMap(({ spec }) => specWarnings(spec))])
  }
}

interface Planned {
  steps: CatalogStep[]
  warnings: Warning[]
}

/**
 * Plans until Kafka agrees that the plan can be carried out. Brokers that have just started do not know their topics yet: what
 * they leave out and the controller says exists is read again, for as long as a change may wait.
 */
async function planValid(ports: ChangePorts, catalog: Catalog, options: ChangeOptions): Promise<Planned> {
  const deadline = options.now().getTime() + options.waitMs
  for (;;) {
    const planned = await plan(ports.reader, catalog, options.deadlineMs)
    const { errors, outdated } = await validate(ports.admin, planned.steps, options.changeTimeoutMs)
    if (errors.length === 0) return planned
    if (!outdated || options.now().getTime() >= deadline) throw invalid(errors)
    await options.sleep(rereadMs)
  }
}

const rereadMs = 200

async function plan(reader: ClusterReader, catalog: Catalog, deadlineMs: number): Promise<Planned> {
  const names = catalog.topics.map(({ name }) => name)
  const metadata = await reader.metadata({ topics: names, deadlineMs })
  const existing = metadata.value.topics.map(({ name }) => name)
  const configs =
    existing.length === 0 ? { value: new Map(), warnings: [] } : await reader.topicConfigs(existing, { deadlineMs })
  return {
    steps: planCatalog(catalog, metadata.value.topics, configs.value),
    warnings: [...metadata.warnings, ...configs.warnings]
  }
}

/** @returns whether the cluster was changed */
async function carryOut(ports: ChangePorts, step: CatalogStep, options: ChangeOptions): Promise<boolean> {
  switch (step.action) {
    case 'create':
      await createAndWait(ports, step.spec, options)
      return true
    case 'alter-config':
      await ports.admin.setTopicConfigs(step.spec.name, step.configs, { timeoutMs: options.changeTimeoutMs })
      return true
    default:
      return false
  }
}

/** @returns what Kafka refuses, and whether it knows a topic that the plan took for missing */
async function validate(
  admin: TopicAdmin,
  steps: CatalogStep[],
  timeoutMs: number
): Promise<{ errors: FieldError[]; outdated: boolean }> {
  const errors: FieldError[] = []
  let outdated = false
  for (const [index, step] of steps.entries()) {
    try {
      if (step.action === 'create') await admin.createTopic(step.spec, { validateOnly: true, timeoutMs })
      if (step.action === 'alter-config') {
        await admin.setTopicConfigs(step.spec.name, step.configs, { validateOnly: true, timeoutMs })
      }
    } catch (error) {
      if (!isKopsError(error) || error.errors === undefined) throw error
      outdated ||= isKopsError(error, 'topic_exists')
      errors.push(
        ...error.errors.map(({ field, message }) => ({ field: `topics.${index}.${bodyField(field)}`, message }))
      )
    }
  }
  return { errors, outdated }
}

/** The topic's name is `topicName` in a query and a path, and `name` in a body. */
export function bodyField(field: string): string {
  return field === 'topicName' ? 'name' : field
}

function assertDistinct(catalog: Catalog): void {
  const first = new Map<string, number>()
  const errors: FieldError[] = []
  for (const [index, { name }] of catalog.topics.entries()) {
    const earlier = first.get(name)
    if (earlier === undefined) first.set(name, index)
    else
      errors.push({ field: `topics.${index}.name`, message: `${name} is in the catalog already, at topics.${earlier}` })
  }
  if (errors.length > 0) throw invalid(errors)
}

function invalid(errors: FieldError[]): KopsError {
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return new KopsError('validation_failed', `${detail}. Nothing was changed`, { errors })
}
