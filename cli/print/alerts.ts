import type { Alert } from '#shared/contracts/alerts.ts'
import { ago, secondsSince, span } from '#shared/reports/figures.ts'
import { paint } from '../output.ts'
import { plain } from '../paint.ts'

export const alertsHead = ['ALERT', 'SEVERITY', 'FOR', 'SUMMARY']

/** An alert that fires, or has ended. */
export function alertRow(alert: Alert, now = Date.now()): string[] {
  const { name, severity, startsAt, summary, labels } = alert
  return [plain(name), severityOf(alert, severity), lasting(alert, startsAt, now), plain(summary ?? aboutOf(labels))]
}

function severityOf({ status, silencedBy, inhibitedBy }: Alert, severity: string | null): string {
  const text = plain(severity ?? '-')
  if (status === 'resolved') return paint('dim', text)
  if (silencedBy.length > 0) return `${text}, silenced`
  if (inhibitedBy.length > 0) return `${text}, explained`
  return paint(severity === 'critical' ? 'red' : 'yellow', text)
}

function lasting({ status, endsAt }: Alert, startsAt: string, now: number): string {
  return status === 'firing' || endsAt === null ? span(secondsSince(startsAt, now)) : `resolved ${ago(endsAt, now)}`
}

function aboutOf(labels: Record<string, string>): string {
  const { alertname: _name, severity: _severity, ...rest } = labels
  return Object.entries(rest)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** The address of the runbook that a person can open. */
export function runbookOf({ runbookUrl }: Alert): string {
  return plain(runbookUrl ?? '-')
}
