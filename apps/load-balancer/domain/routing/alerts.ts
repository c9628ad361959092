import type { AlertMessage } from '#shared/contracts/health-events.ts'
import type { ServiceTable } from './service-table.ts'

type Condition = Pick<AlertMessage, 'serviceId' | 'instanceId' | 'alert' | 'severity' | 'summary'>

/** Errors of a service as a whole, weighed by the requests of its instances. */
const errorRateLimit = 0.05
/** Firing alerts are repeated so often, as those of health-service. */
const repeatMs = 60_000

/** What is wrong with a service now. */
export function conditionsOf(serviceId: string, { failOpen, instances }: ServiceTable): Condition[] {
  const ofInstances = instances.flatMap(({ instanceId, state, reasons, report }): Condition[] => {
    if (state === 'EJECTED') {
      const why = reasons.map(({ message }) => message).join(', ')
      const summary = `${instanceId} of ${serviceId} is not fit for traffic: ${why}`
      return [{ serviceId, instanceId, alert: 'instance_ejected', severity: 'warning', summary }]
    }
    if (state !== 'SILENT') return []
    const summary = `${instanceId} of ${serviceId} has not reported since ${report.timestamp}`
    return [{ serviceId, instanceId, alert: 'instance_silent', severity: 'warning', summary }]
  })
  const ofService = { serviceId, instanceId: serviceId }
  const rate = errorRateOf(instances.filter(({ state }) => state !== 'SILENT').map(({ report }) => report.metrics))
  const errors: Condition[] =
    rate > errorRateLimit
      ? [
          {
            ...{ ...ofService, alert: 'service_error_rate', severity: 'warning' },
            summary: `${(rate * 100).toFixed(1)} % of the requests to ${serviceId} fail`
          }
        ]
      : []
  const open: Condition[] = failOpen
    ? [
        {
          ...{ ...ofService, alert: 'no_healthy_instance', severity: 'critical' },
          summary: `No instance of ${serviceId} is healthy: all of them share its traffic`
        }
      ]
    : []
  return [...ofInstances, ...errors, ...open]
}

/** The error rate of many, each by the number of its requests; of none it is 0. */
export function errorRateOf(metrics: readonly { rps: number; errorRate: number }[]): number {
  const requests = metrics.reduce((sum, { rps }) => sum + rps, 0)
  return requests === 0 ? 0 : metrics.reduce((sum, { rps, errorRate }) => sum + rps * errorRate, 0) / requests
}

/** Turns conditions into messages: at the start and the end of each, and every minute between. */
export function createAlertBook() {
  const firing = new Map<string, { message: AlertMessage; writtenAt: number }>()
  return {
    /** @param conditions all that hold now @param now milliseconds since 1970 */
    update(conditions: readonly Condition[], now: number): AlertMessage[] {
      const timestamp = new Date(now).toISOString()
      const messages: AlertMessage[] = []
      const seen = new Set<string>()
      for (const condition of conditions) {
        const key = JSON.stringify([condition.alert, condition.serviceId, condition.instanceId])
        seen.add(key)
        const known = firing.get(key)
        // Its numbers change all the time: not every new number is news.
        if (known && now - known.writtenAt < repeatMs) continue
        const startedAt = known?.message.startedAt ?? timestamp
        const message: AlertMessage = {
          ...condition,
          ...{ timestamp, state: 'FIRING', startedAt, endedAt: null, source: 'load-balancer', labels: {} }
        }
        firing.set(key, { message, writtenAt: now })
        messages.push(message)
      }
      for (const [key, { message }] of firing) {
        if (seen.has(key)) continue
        firing.delete(key)
        messages.push({ ...message, timestamp, state: 'RESOLVED', endedAt: timestamp })
      }
      return messages
    }
  }
}
