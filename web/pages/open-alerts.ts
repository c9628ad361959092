import type { Alert } from '#shared/contracts/alerts.ts'

/** Whether an alert fires and somebody is notified of it: neither a maintenance window nor another alert holds it back. */
export function isOpenAlert({ status, silencedBy, inhibitedBy }: Alert): boolean {
  return status === 'firing' && silencedBy.length + inhibitedBy.length === 0
}
