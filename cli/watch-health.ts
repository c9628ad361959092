import { stdout } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#shared/client/client.ts'
import type { AlertList } from '#shared/contracts/alerts.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { HealthStreamEvent } from '#shared/contracts/health-stream.ts'
import type { ReadOptions } from './answer.ts'
import { follow } from './follow.ts'
import { describeError, type Output, paint } from './output.ts'
import { plain } from './paint.ts'
import { printHealth } from './print/health.ts'
import { createScreen } from './screen.ts'
import { untilInterrupted } from './watch.ts'

/** Interval for redrawing the page without events: ages change, and a stream may have broken. */
const redrawMs = 3000
/** Changes that come together are drawn together. */
const settleMs = 200
/** Does not wait longer for an answer: the page shows what is available. */
const answerMs = 5000

/**
 * Shows the health and every change of it until Ctrl-C, which sets the exit code to 130. Redraws a terminal; prints one
 * line per change otherwise. Waits for health-service to come back if it goes away.
 */
export async function watchHealth(output: Output, client: Client, { json }: ReadOptions): Promise<void> {
  await untilInterrupted((signal) =>
    stdout.isTTY && !json ? redraw(client, signal) : printEvents(output, client, signal, Boolean(json))
  )
}

/** The events of the health stream that have a name, as what may change an answer. */
export function healthEvents(client: Client, name: HealthStreamEvent['event']) {
  return async function* (signal: AbortSignal): AsyncGenerator<HealthStreamEvent> {
    for await (const each of follow(client, endpoints.watchHealth, { signal }, () => {})) {
      if (each.event === name) yield each
    }
  }
}

async function printEvents(output: Output, client: Client, signal: AbortSignal, json: boolean): Promise<void> {
  let away = false
  const lost = (error: unknown) => {
    if (!away) output.error(describeError(error))
    away = true
  }
  for await (const event of follow(client, endpoints.watchHealth, { signal }, lost)) {
    away = false
    if (event.event === 'ping') continue
    if (json) output.print(JSON.stringify(event))
    else for (const line of linesOf(event)) output.print(line)
  }
}

/** A change in words. */
export function linesOf({ event, data }: HealthStreamEvent): string[] {
  const at = 'asOf' in data ? data.asOf : data.timestamp
  const say = (...words: string[]) => `${at} ${words.join(' ')}`
  switch (event) {
    case 'state':
    case 'status': {
      const was = event === 'status' && data.previous !== data.status ? `(was ${data.previous})` : ''
      const why = data.reasons.map(({ message }) => plain(message)).join('; ')
      return [say('status', data.status, ...(was ? [was] : []), ...(why ? [`- ${why}`] : []))]
    }
    case 'score':
      return [say('score', String(data.score.score), `(was ${data.previous})`)]
    case 'broker':
    case 'ensemble':
      return [say(data.name, data.status ?? 'is gone', ...(data.previous ? [`(was ${data.previous})`] : []))]
    case 'group': {
      const was = data.previous === null ? [] : [`(was ${data.previous})`]
      return [say('group', plain(data.group), data.gone ? 'is gone' : (data.verdict ?? 'not judged yet'), ...was)]
    }
    case 'ping':
      return []
    case 'alert':
      return [say('alert', plain(data.alert), data.state, data.severity, '-', plain(data.summary))]
  }
}

async function redraw(client: Client, signal: AbortSignal): Promise<void> {
  let changed = Promise.withResolvers<void>()
  const listen = async () => {
    const events = follow(client, endpoints.watchHealth, { signal }, () => changed.resolve())
    for await (const _event of events) changed.resolve()
  }
  const following = listen()
  // Without a stream, redraws the page at its own interval.
  following.catch(() => changed.resolve())
  // Alerts come separately, through Alertmanager: they never delay the state of the cluster.
  let alerts: AlertList | null = null
  const readAlerts = async () => {
    alerts = await client
      .call(endpoints.alerts, { query: { status: 'firing' }, timeoutMs: answerMs, signal })
      .catch(() => null)
  }
  const screen = createScreen(stdout)
  let reading = readAlerts()
  await Promise.race([reading, sleep(settleMs, undefined, { signal })])
  while (!signal.aborted) {
    try {
      const health = await client.call(endpoints.health, { timeoutMs: answerMs, signal })
      screen.draw((page) => printHealth(page, { health, alerts }))
    } catch (error) {
      if (signal.aborted) break
      screen.draw((page) => page.print(paint('red', describeError(error))))
    }
    await Promise.race([changed.promise, sleep(redrawMs, undefined, { signal })])
    changed = Promise.withResolvers<void>()
    reading = readAlerts()
    await Promise.all([
      sleep(settleMs, undefined, { signal }),
      Promise.race([reading, sleep(settleMs, undefined, { signal })])
    ])
  }
  await Promise.allSettled([following, reading])
}
