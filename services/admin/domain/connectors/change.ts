import type { Connect, ConnectorReading } from '#shared/connect/port.ts'
import type { ConnectorConfig, ConnectorPlan } from '#shared/contracts/connectors.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { ReservedTopics } from '#shared/reserved-topics.ts'
import { assertAcceptable, changedSettings, invalid } from './connector-config.ts'
import { limits } from './list.ts'

/** A change of a connector that has no settings. */
export type ConnectorChange =
  | { action: 'delete' | 'pause' | 'resume' }
  | { action: 'restart'; onlyFailed: boolean }
  | { action: 'restart'; task: number }

/**
 * Creates a connector or replaces its settings, if they differ; with dryRun only has the worker validate them.
 * @param seen receives the settings before they change
 * @throws KopsError validation_failed naming each setting, topic_protected, connect_unreachable, connect_rebalancing
 */
export async function applyConnector(
  { connect, reserved }: { connect: Connect; reserved: ReservedTopics },
  name: string,
  config: ConnectorConfig,
  { dryRun }: { dryRun: boolean }
): Promise<ConnectorPlan> {
  const after = { ...config, name }
  assertAcceptable(name, config, reserved)
  const errors = await connect.validate(name, after, limits)
  if (errors.length > 0) throw invalid(errors.map((error) => ({ ...error, field: `config.${error.field}` })))
  const before = await readIfAny(connect, name)
  const changes = changedSettings(before?.config, after)
  const action = before === undefined ? 'create' : changes.length === 0 ? 'none' : 'update'
  const applied = !dryRun && action !== 'none'
  if (applied) await connect.put(name, after, limits)
  return { ...emptyPlan(name), dryRun, action, applied, changes }
}

/** @throws KopsError connector_not_found, connect_unreachable, connect_rebalancing */
export async function changeConnector(
  connect: Connect,
  name: string,
  change: ConnectorChange,
  { dryRun }: { dryRun: boolean }
): Promise<ConnectorPlan> {
  const before = await connect.connector(name, limits)
  const { action } = change
  const task = 'task' in change ? change.task : null
  if (task !== null && !before.tasks.some(({ id }) => id === task)) {
    const ids = before.tasks.map(({ id }) => id).join(', ')
    throw new KopsError('connector_not_found', `${name} has no task ${task}; it has ${ids || 'none'}`)
  }
  const plan = { ...emptyPlan(name), dryRun, task }
  if (isDone(before, change)) return { ...plan, action: 'none', applied: false }
  if (!dryRun) await carryOut(connect, name, change)
  return { ...plan, action, applied: !dryRun }
}

/** Whether a connector is already as the change would make it. */
function isDone({ state, tasks }: ConnectorReading, change: ConnectorChange): boolean {
  switch (change.action) {
    case 'pause':
      return state === 'PAUSED'
    case 'resume':
      return state === 'RUNNING'
    case 'restart':
      return 'onlyFailed' in change && change.onlyFailed && [state, ...tasks.map((task) => task.state)].every(isSound)
    case 'delete':
      return false
  }
}

function isSound(state: string): boolean {
  return state !== 'FAILED'
}

async function carryOut(connect: Connect, name: string, change: ConnectorChange): Promise<void> {
  switch (change.action) {
    case 'delete':
      return connect.remove(name, limits)
    case 'pause':
      return connect.pause(name, limits)
    case 'resume':
      return connect.resume(name, limits)
    case 'restart':
      if ('task' in change) return connect.restartTask(name, change.task, limits)
      return connect.restart(name, change, limits)
  }
}

async function readIfAny(connect: Pick<Connect, 'connector'>, name: string): Promise<ConnectorReading | undefined> {
  try {
    return await connect.connector(name, limits)
  } catch (error) {
    if (isKopsError(error, 'connector_not_found')) return undefined
    throw error
  }
}

function emptyPlan(connector: string): Omit<ConnectorPlan, 'action' | 'applied' | 'dryRun'> {
  return { connector, task: null, changes: [], warnings: [] }
}
