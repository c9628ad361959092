import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { request } from 'undici'
import { defaultPorts } from '#shared/cluster/definition.ts'
import {
  alertmanagerCommand,
  isFound,
  type Observability,
  type ObservabilityCommand
} from '#shared/cluster/observability/index.ts'
import { found, projectRoot } from './programs.ts'

export interface OwnAlertmanager {
  url: string
  /** Sends alerts as Prometheus does. */
  fire(...alerts: Record<string, string>[]): Promise<void>
}

/** A real Alertmanager on a free port that asks for no login, stopped after the test. */
export async function startAlertmanager(t: Test, config: string): Promise<OwnAlertmanager> {
  const dir = t.testdir()
  const port = await freePort()
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'alertmanager.yml'), config)
  const { url } = await startProcess(t, (found) =>
    alertmanagerCommand(
      found,
      { ports: { ...defaultPorts, alertmanager: port } },
      { configDir: dir, dataDir: join(dir, 'data'), webConfig: join(projectRoot, 'prometheus/access/web.yml') }
    )
  )
  return {
    url,
    async fire(...alerts) {
      const { statusCode, body } = await request(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          alerts.map((labels) => ({ labels, annotations: { summary: `${labels['alertname']} fires` } }))
        )
      })
      if (statusCode !== 200) throw new Error(`Alertmanager answered ${statusCode}: ${await body.text()}`)
      await body.dump()
    }
  }
}

/** A real Prometheus or Alertmanager, which answers by now, and is stopped after the test. */
export async function startProcess(
  t: Test,
  commandOf: (found: Observability) => ObservabilityCommand,
  headers: Record<string, string> = {}
): Promise<ObservabilityCommand> {
  if (!isFound(found)) throw new Error(found.missing)
  const started = commandOf(found)
  const { command, args, cwd, readyUrl } = started
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const deadline = performance.now() + 30_000
  while (!(await isReady(readyUrl, headers))) {
    if (performance.now() > deadline || child.exitCode !== null) throw new Error(`${command} does not start: ${log}`)
    await delay(50)
  }
  return started
}

async function isReady(url: string, headers: Record<string, string>): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url, { headers })
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
