import { request } from 'undici'
import type { AlertList } from '#shared/contracts/alerts.ts'
import { poll } from '#shared/poll.ts'
import { alertmanagerUrl, healthUrl, monitoringLogin, prometheusUrl } from '../support/under-test.ts'

export interface ScrapeTarget {
  labels: Record<string, string>
  health: 'up' | 'down' | 'unknown'
  lastError: string
}

export interface PrometheusAlert {
  labels: Record<string, string>
  annotations: Record<string, string>
  state: 'pending' | 'firing'
}

export interface AlertmanagerAlert {
  labels: Record<string, string>
  status: { state: 'active' | 'suppressed' | 'unprocessed'; inhibitedBy: string[] }
}

export async function targets(): Promise<ScrapeTarget[]> {
  const { data } = await getJson<{ data: { activeTargets: ScrapeTarget[] } }>(
    `${prometheusUrl}/api/v1/targets?state=active`
  )
  return data.activeTargets
}

export async function firingAlerts(): Promise<PrometheusAlert[]> {
  const { data } = await getJson<{ data: { alerts: PrometheusAlert[] } }>(`${prometheusUrl}/api/v1/alerts`)
  return data.alerts.filter(({ state }) => state === 'firing')
}

/** Alertmanager's active alerts, held back or not. */
export function alertmanagerAlerts(): Promise<AlertmanagerAlert[]> {
  return getJson<AlertmanagerAlert[]>(`${alertmanagerUrl}/api/v2/alerts`)
}

/** `GET /api/alerts` of a health-service. */
export function shownAlerts(url: string): Promise<AlertList> {
  return getJson<AlertList>(`${url}/api/alerts`)
}

/** Number of Alertmanager notifications that health-service has received. */
export async function notificationsReceived(): Promise<number> {
  const { body } = await request(`${healthUrl}/metrics`)
  const series = 'http_request_duration_seconds_count{method="POST",route="/api/alerts/webhook",status="200"}'
  return Number(
    (await body.text())
      .split('\n')
      .find((line) => line.startsWith(series))
      ?.split(' ')
      .at(-1) ?? 0
  )
}

/** Current number of series in the result of a query. */
export async function seriesOf(expression: string): Promise<number> {
  const url = `${prometheusUrl}/api/v1/query?${new URLSearchParams({ query: expression })}`
  const { data } = await getJson<{ data: { result: unknown[] } }>(url)
  return data.result.length
}

/** Polls until the answer is accepted, and returns it; after the deadline the last answer, for comparison. */
export async function until<T>(ask: () => Promise<T>, enough: (answer: T) => boolean, deadlineMs: number): Promise<T> {
  return (await poll(ask, enough, { timeoutMs: deadlineMs, pauseMs: 250 })).answer
}

async function getJson<T>(url: string): Promise<T> {
  // The services require no login here, and ignore it.
  const { statusCode, body } = await request(url, { headers: monitoringLogin })
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${await body.text()}`)
  return (await body.json()) as T
}
