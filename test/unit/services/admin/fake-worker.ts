import type { Test } from 'tap'
import { fakeServices, type Received } from '../../cli/kops.ts'

interface FakeTask {
  id: number
  state: string
  worker_id: string
  trace?: string
}

export interface FakeConnector {
  config: Record<string, string>
  type?: string
  state?: string
  tasks?: FakeTask[]
}

const worker_id = '127.0.0.1:8084'

/** A trace as Connect writes it, of a task whose file it may not write. */
export const fileTrace = [
  'org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.',
  '\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:636)',
  "Caused by: org.apache.kafka.connect.errors.ConnectException: Couldn't find or create file '/x' for FileStreamSinkTask",
  '\t... 11 more',
  'Caused by: java.nio.file.AccessDeniedException: /x',
  '\t... 12 more',
  ''
].join('\n')

/** A server with the part of a worker's REST API that kops uses. */
export async function startFakeWorker(t: Test, connectors: Record<string, FakeConnector>) {
  /** Answers instead, while it is set. */
  const failing: { answer?: { status: number; message: string } } = {}
  const infoOf = (name: string, { config, type = 'sink' }: FakeConnector) => ({ name, config, type, tasks: [] })
  const statusOf = (name: string, { state = 'RUNNING', tasks = [], type = 'sink' }: FakeConnector) => ({
    name,
    connector: { state, worker_id },
    tasks,
    type
  })
  const refused = (status: number, message: string) => ({ status, body: { error_code: status, message } })

  function respond({ method, path, query, body }: Received): { status?: number; body?: unknown } {
    if (failing.answer) return refused(failing.answer.status, failing.answer.message)
    if (path === '/connectors') {
      const all = Object.entries(connectors)
      return {
        body: Object.fromEntries(
          all.map(([name, one]) => [name, { status: statusOf(name, one), info: infoOf(name, one) }])
        )
      }
    }
    const [, type] = /^\/connector-plugins\/([^/]+)\/config\/validate$/.exec(path) ?? []
    if (type !== undefined) return validation(type, body as Record<string, string>)
    const [, encoded = '', verb = '', task] =
      /^\/connectors\/([^/]+)(?:\/(\w+))?(?:\/(\d+)\/restart)?$/.exec(path) ?? []
    const name = decodeURIComponent(encoded)
    const found = connectors[name]
    if (method === 'PUT' && verb === 'config') {
      connectors[name] = { ...found, config: body as Record<string, string> }
      return { status: found ? 200 : 201, body: infoOf(name, connectors[name]) }
    }
    if (!found) return refused(404, `Connector ${name} not found`)
    switch (`${method} ${verb}`) {
      case 'GET ':
        return { body: infoOf(name, found) }
      case 'GET status':
        return { body: statusOf(name, found) }
      case 'DELETE ':
        delete connectors[name]
        return { status: 204 }
      case 'PUT pause':
      case 'PUT resume':
        found.state = verb === 'pause' ? 'PAUSED' : 'RUNNING'
        return { status: 202 }
      case 'POST restart':
      case 'POST tasks':
        for (const one of found.tasks ?? []) {
          const isMeant =
            task === undefined ? query['onlyFailed'] === 'false' || one.state === 'FAILED' : `${one.id}` === task
          if (!isMeant) continue
          one.state = 'RUNNING'
          delete one.trace
        }
        return { status: 204 }
      default:
        return refused(405, path)
    }
  }

  function validation(type: string, config: Record<string, string>) {
    if (!type.endsWith('Connector'))
      return refused(
        500,
        `Failed to find any class that implements Connector and which name matches ${type}, available are: x`
      )
    const errors = config['topics'] ? [] : ['Must configure one of topics or topics.regex']
    return { body: { error_count: errors.length, configs: [{ value: { name: 'topics', errors } }] } }
  }

  const server = await fakeServices(t, respond)
  return { ...server, failing }
}
