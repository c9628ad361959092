import type { Connect, ConnectorReading, TaskReading } from '#shared/connect/port.ts'
import type { Connector, ConnectorDescription, ConnectorList } from '#shared/contracts/connectors.ts'
import { shownConfig } from './connector-config.ts'

/** How long a call to a worker may take. Connect itself gives up after 90 s. */
export const limits = { deadlineMs: 10_000 }

/** In characters. */
const longestError = 300

/** Every connector, by name. @throws KopsError connect_unreachable, connect_rebalancing */
export async function listConnectors(connect: Pick<Connect, 'connectors'>): Promise<ConnectorList> {
  const readings = await connect.connectors(limits)
  return { connectors: readings.map(toConnector).sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** @throws KopsError connector_not_found, connect_unreachable, connect_rebalancing */
export async function describeConnector(
  connect: Pick<Connect, 'connector'>,
  name: string
): Promise<ConnectorDescription> {
  const reading = await connect.connector(name, limits)
  return {
    ...toConnector(reading),
    trace: reading.trace,
    tasks: reading.tasks.map((task) => ({ ...toTask(task), trace: task.trace })),
    config: shownConfig(reading.config)
  }
}

function toConnector({ name, type, config, state, worker, trace, tasks }: ConnectorReading): Connector {
  return {
    name,
    type,
    class: config['connector.class'] ?? '',
    state,
    worker,
    error: firstLine(trace),
    deadLetterTopic: config['errors.deadletterqueue.topic.name'] || null,
    tasks: tasks.map(toTask).sort((a, b) => a.id - b.id)
  }
}

function toTask({ id, state, worker, trace }: TaskReading) {
  return { id, state, worker, error: firstLine(trace) }
}

/**
 * The line of a stack trace that says what happened: that of the innermost cause, for the outer ones of Connect say only
 * that a task failed ("Exiting WorkerSinkTask due to unrecoverable exception.").
 */
export function firstLine(trace: string | null): string | null {
  if (trace === null) return null
  const lines = trace.split('\n')
  const line = lines.findLast((each) => each.startsWith('Caused by: '))?.slice('Caused by: '.length) ?? lines[0] ?? ''
  return line.length > longestError ? `${line.slice(0, longestError)}…` : line
}
