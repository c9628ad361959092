import { type Static, type TSchema, Type } from 'typebox'
import Value from 'typebox/value'
import { type FieldError, KopsError } from '../errors/catalog.ts'
import { parseJson } from '../json.ts'
import type { CallLimits } from '../upstream/call-limits.ts'
import { createUpstream, type Upstream } from '../upstream/upstream.ts'
import type { Connect, ConnectorReading } from './port.ts'

const text = Type.String()
const StateSchema = { state: text, worker_id: text, trace: Type.Optional(text) }
const StatusSchema = Type.Object({
  connector: Type.Object(StateSchema),
  tasks: Type.Array(Type.Object({ id: Type.Integer(), ...StateSchema }))
})
const InfoSchema = Type.Object({
  name: text,
  config: Type.Record(text, Type.Union([text, Type.Null()])),
  type: Type.Optional(Type.Union([text, Type.Null()]))
})
const ConnectorsSchema = Type.Record(text, Type.Object({ status: Type.Optional(StatusSchema), info: InfoSchema }))
const ValidationSchema = Type.Object({
  configs: Type.Array(Type.Object({ value: Type.Object({ name: text, errors: Type.Array(text) }) }))
})
const RefusalSchema = Type.Object({ message: text })

/**
 * The Connect port on the REST API of a worker (https://kafka.apache.org/documentation/#connect_rest). Any worker
 * answers for all: it forwards what only the leader may do.
 * @param url its address, with a path, user and password if needed
 * @param passwordFile the file with the password instead
 * @throws Error, without the password, if the URL is invalid or the file cannot be read
 */
export function createConnect(url: string, passwordFile = ''): Connect {
  const { send, unreachable, close } = createUpstream({
    ...{ owner: 'KOPS_CONNECT', url, passwordFile },
    unreachable: 'connect_unreachable'
  })

  /** Sends a request and throws what its status means. */
  async function call(...request: Parameters<Upstream['send']>): Promise<unknown> {
    const { statusCode, content } = await send(...request)
    const answer = parseJson(content)
    if (statusCode < 300) return answer
    const message = Value.Check(RefusalSchema, answer) ? answer.message : `it answered ${statusCode}`
    switch (statusCode) {
      case 400:
      case 422:
        throw new KopsError('validation_failed', `Connect refuses it: ${message}`)
      case 401:
      case 403:
        throw unreachable('it refuses the user or the password')
      case 404:
        throw new KopsError('connector_not_found', message)
      case 409:
        throw new KopsError('connect_rebalancing', message, { retryAfterSeconds: 2 })
      default:
        throw unreachable(message)
    }
  }

  async function get<S extends TSchema>(path: string, schema: S, limits: CallLimits): Promise<Static<S>> {
    const answer = await call('GET', path, limits)
    if (Value.Check(schema, answer)) return answer
    throw unreachable('it answered something that is not of Kafka Connect')
  }

  return {
    async connectors(limits) {
      const all = await get('/connectors?expand=status&expand=info', ConnectorsSchema, limits)
      return Object.values(all).map(({ info, status }) => toReading(info, status))
    },

    async connector(name, limits) {
      const path = pathOf(name)
      const info = await get(path, InfoSchema, limits)
      // A connector that was created a moment ago has no status yet.
      const status = await get(`${path}/status`, StatusSchema, limits).catch((error: unknown) => {
        if (error instanceof KopsError && error.code === 'connector_not_found') return undefined
        throw error
      })
      return toReading(info, status)
    },

    async validate(name, config, limits) {
      const type = encodeURIComponent(config['connector.class'] ?? '')
      const path = `/connector-plugins/${type}/config/validate`
      const answer = await call('PUT', path, limits, { ...config, name }).catch((error: unknown) => {
        // Connect 3.9 and 4.1 answer 500, with a list of all the classes that there are.
        const [unknown] = /Failed to find any class[^,]*/.exec(error instanceof Error ? error.message : '') ?? []
        if (unknown === undefined) throw error
        return [{ field: 'connector.class', message: unknown }] satisfies FieldError[]
      })
      if (Array.isArray(answer)) return answer
      if (!Value.Check(ValidationSchema, answer)) throw unreachable('it answered something that is no validation')
      return answer.configs.flatMap(({ value }) =>
        value.errors.map((message): FieldError => ({ field: value.name, message }))
      )
    },

    async put(name, config, limits) {
      await call('PUT', `${pathOf(name)}/config`, limits, config)
    },

    async remove(name, limits) {
      await call('DELETE', pathOf(name), limits)
    },

    async pause(name, limits) {
      await call('PUT', `${pathOf(name)}/pause`, limits)
    },

    async resume(name, limits) {
      await call('PUT', `${pathOf(name)}/resume`, limits)
    },

    async restart(name, { onlyFailed }, limits) {
      await call('POST', `${pathOf(name)}/restart?includeTasks=true&onlyFailed=${onlyFailed}`, limits)
    },

    async restartTask(name, task, limits) {
      await call('POST', `${pathOf(name)}/tasks/${task}/restart`, limits)
    },

    close
  }
}

function pathOf(name: string): string {
  return `/connectors/${encodeURIComponent(name)}`
}

function toReading(
  { name, config, type }: Static<typeof InfoSchema>,
  status: Static<typeof StatusSchema> | undefined
): ConnectorReading {
  const { connector = { state: 'UNASSIGNED', worker_id: '', trace: undefined }, tasks = [] } = status ?? {}
  return {
    name,
    type: type === 'source' || type === 'sink' ? type : 'unknown',
    state: connector.state,
    worker: connector.worker_id,
    trace: connector.trace ?? null,
    config: Object.fromEntries(Object.entries(config).map(([key, value]) => [key, value ?? ''])),
    tasks: tasks.map(({ id, state, worker_id, trace }) => ({ id, state, worker: worker_id, trace: trace ?? null }))
  }
}
