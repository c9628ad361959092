import { setTimeout as wait } from 'node:timers/promises'
import { type Dispatcher, request } from 'undici'

/** The subjects of the calls: a topic and a group of the benchmark's own. */
export interface Subjects {
  topic: string
  group: string
}

/** One kind of call: its frequency in a round, and its expected status. */
export interface Call {
  name: string
  weight: number
  status: number
  send(): Promise<number>
}

/** The ordinary calls of operators, consoles and scripts, and bad input among them. */
export function callsOf(address: string, { topic, group }: Subjects, dispatcher: Dispatcher): Call[] {
  const ask = async (method: 'GET' | 'POST', path: string, body?: string) => {
    const response = await request(address + path, {
      method,
      dispatcher,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } })
    })
    await response.body.dump({ limit: 64 * 1_048_576 })
    return response.statusCode
  }
  const tail = async () => {
    const gone = new AbortController()
    const { statusCode, body } = await request(`${address}/api/topics/${topic}/messages/tail`, {
      dispatcher,
      signal: gone.signal
    })
    const ended = body.dump({ limit: 64 * 1_048_576 }).catch(() => {})
    await wait(300)
    gone.abort()
    await ended
    return statusCode
  }
  let written = 0
  const records = () =>
    JSON.stringify({ records: [{ key: `key-${written % 100}`, value: { written: written++, text: 'x'.repeat(200) } }] })
  const planned = () => JSON.stringify({ name: `${topic}-${written++}`, partitions: 3, replicationFactor: 3 })
  return [
    { name: 'list topics', weight: 8, status: 200, send: () => ask('GET', '/api/topics?limit=10000') },
    { name: 'describe a topic', weight: 4, status: 200, send: () => ask('GET', `/api/topics/${topic}`) },
    { name: 'settings of a topic', weight: 1, status: 200, send: () => ask('GET', `/api/topics/${topic}/configs`) },
    { name: 'list groups', weight: 2, status: 200, send: () => ask('GET', '/api/groups') },
    { name: 'describe a group', weight: 2, status: 200, send: () => ask('GET', `/api/groups/${group}`) },
    { name: 'list brokers', weight: 1, status: 200, send: () => ask('GET', '/api/brokers') },
    { name: 'browse', weight: 3, status: 200, send: () => ask('GET', `/api/topics/${topic}/messages?limit=100`) },
    { name: 'plan a topic', weight: 2, status: 200, send: () => ask('POST', '/api/topics?dryRun=true', planned()) },
    { name: 'produce', weight: 4, status: 201, send: () => ask('POST', `/api/topics/${topic}/messages`, records()) },
    { name: 'tail', weight: 1, status: 200, send: tail },
    { name: 'search the audit', weight: 1, status: 200, send: () => ask('GET', '/api/audit?limit=20') },
    { name: 'unknown topic', weight: 1, status: 404, send: () => ask('GET', `/api/topics/${topic}-${written++}`) },
    { name: 'bad name', weight: 1, status: 400, send: () => ask('GET', `/api/topics/${'%20'.repeat(300)}`) },
    { name: 'broken JSON', weight: 1, status: 400, send: () => ask('POST', '/api/topics', '{"name": ') },
    { name: 'no such path', weight: 1, status: 404, send: () => ask('GET', `/api/${written++}`) }
  ]
}
