import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { contextFile } from './config.ts'
import { localContext, readContexts } from './contexts.ts'
import { plain } from './paint.ts'

/** A person who presses the tab key waits no longer. */
const answerMs = 200
const mostNames = 500

type Ask = (client: Client, current: string) => Promise<string[]>

const bounds = () => ({ timeoutMs: answerMs, signal: AbortSignal.timeout(answerMs) })
/** A part of the name, where there is one, for services to look for. */
const containing = (current: string) => ({ limit: mostNames, ...(current === '' ? {} : { name: current }) })

const topics: Ask = async (client, current) => {
  const list = await client.call(endpoints.listTopics, { query: containing(current), ...bounds() })
  return list.topics.map(({ name }) => name)
}

const groups: Ask = async (client, current) => {
  const list = await client.call(endpoints.listGroups, { query: containing(current), ...bounds() })
  return list.groups.map(({ group }) => group)
}

const queues: Ask = async (client) => {
  const list = await client.call(endpoints.listDeadLetterQueues, { query: {}, ...bounds() })
  return list.queues.map(({ topic }) => topic)
}

const connectors: Ask = async (client) => {
  const list = await client.call(endpoints.listConnectors, { ...bounds() })
  return list.connectors.map(({ name }) => name)
}

const nodes: Ask = async (client) => {
  const { scenarios } = await client.call(endpoints.whatIf, { query: {}, ...bounds() })
  return scenarios.flatMap(({ kind, name }) => (kind === 'rack' ? [] : [name]))
}

const runs: Ask = async (client) => {
  const list = await client.call(endpoints.listLoadTests, { query: { limit: 50 }, ...bounds() })
  return list.runs.map(({ id }) => id)
}

const drills: Ask = async (client) => {
  const list = await client.call(endpoints.listDrills, { query: { limit: 50 }, ...bounds() })
  return list.drills.map(({ id }) => id)
}

const measurements: Ask = async (client) => {
  const list = await client.call(endpoints.listCapacityMeasurements, { query: { limit: 50 }, ...bounds() })
  return list.measurements.map(({ id }) => id)
}

/** By the name of an argument, or of an option's value, after the command that it belongs to where that matters. */
const sources: Record<string, Ask> = {
  topic: topics,
  group: groups,
  queue: queues,
  node: nodes,
  connector: connectors,
  broker: nodes,
  'load id': runs,
  'load a': runs,
  'load b': runs,
  'drill id': drills,
  'capacity id': measurements
}

/**
 * Names that a cluster has, for completion.
 * @param what the name of the argument or of the option's value: `topic`
 * @param path the command: `topics describe`
 * @throws whatever keeps a service from answering in time
 */
export async function namesOf(
  what: string | undefined,
  path: string,
  current: string,
  open: () => Promise<Client>
): Promise<string[]> {
  const [top = ''] = path.split(' ')
  if (what === 'context') return contexts()
  const source = sources[`${top} ${what}`] ?? sources[what ?? '']
  if (source === undefined) return []
  return (await source(await open(), current)).map(plain)
}

async function contexts(): Promise<string[]> {
  return [localContext, ...Object.keys((await readContexts(contextFile())).contexts)]
}
