import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'
import { request } from 'undici'
import { eventually } from './eventually.ts'
import { freePorts } from './test-cluster.ts'
import { bootstrapServers } from './under-test.ts'

export interface ServiceProcess {
  url: string
  ask<T = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object
  ): Promise<{ status: number; body: T }>
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
  /** SIGSTOP: connections to it stay, and get no answer until SIGCONT. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  /** SIGTERM; resolves once it has ended, to how and after how many milliseconds. */
  terminate(): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>
}

const projectRoot = join(import.meta.dirname, '../../..')

/**
 * A service besides the one under test, in its own process, which ends with the test.
 * @param ready a path that answers 200 once it is ready
 * @param port by default one that is free, which others that start at the same time find, too
 */
export async function startServiceProcess(
  t: Test,
  service: 'admin' | 'health' | 'load-test',
  options: { dataDir: string; ready: string; port?: number; env?: Record<string, string> }
): Promise<ServiceProcess> {
  const { dataDir, ready, env = {} } = options
  const { port = (await freePorts(1))[0] } = options
  const child = spawn(process.execPath, [join(projectRoot, `services/${service}/server.ts`)], {
    cwd: projectRoot,
    stdio: 'ignore',
    env: {
      ...process.env,
      KOPS_LOG_LEVEL: 'silent',
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      KOPS_DATA_DIR: dataDir,
      KOPS_PORT: String(port),
      ...env
    }
  })
  const gone = once(child, 'exit')
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await gone
  }
  t.teardown(kill)
  const terminate = async () => {
    const startedAt = performance.now()
    child.kill('SIGTERM')
    const [code, signal] = (await gone) as [number | null, NodeJS.Signals | null]
    return { code, signal, ms: performance.now() - startedAt }
  }
  const ask: ServiceProcess['ask'] = async <T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => {
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      ...{ method, headersTimeout: 30_000, reset: true },
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    })
    return { status: answer.statusCode, body: (await answer.body.json()) as T }
  }
  const isReady = () => ask('GET', ready).catch(() => undefined)
  await eventually('the service is ready', isReady, (answer) => answer?.status === 200, 40_000)
  return { url: `http://127.0.0.1:${port}`, ask, kill, signal: (name) => void child.kill(name), terminate }
}
