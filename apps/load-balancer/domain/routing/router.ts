import type { AlertMessage, HealthScoreMessage, ServiceMetricsMessage } from '#shared/contracts/health-events.ts'
import {
  type ConfigUpdate,
  type HealthCheck,
  type RoutingDecision,
  type ServiceReport,
  balancerTopics as topics
} from '#shared/contracts/load-balancer.ts'
import { conditionsOf, createAlertBook, errorRateOf } from './alerts.ts'
import { differences, type ServiceConfig, type ServiceTable, tableOf } from './service-table.ts'

/** A record to be written: its message as a JSON document. */
export type RouterOutput =
  | { topic: typeof topics.decisions; key: string; message: RoutingDecision }
  | { topic: typeof topics.scores; key: string; message: HealthScoreMessage }
  | { topic: typeof topics.aggregated; key: string; message: ServiceMetricsMessage }
  | { topic: typeof topics.alerts; key: string; message: AlertMessage }

export interface RouterOptions {
  /** How often tick() is called. */
  intervalMs: number
}

/**
 * The smart part of the load balancer: keeps what instances report and what checks of them say, and decides how their traffic is
 * shared. It sends no traffic itself. It has no clock: the same messages and ticks make the same decisions.
 */
export interface Router {
  report(report: ServiceReport): void
  check(check: HealthCheck): void
  configure(update: ConfigUpdate): void
  /** Judges every service. @param now milliseconds since 1970 @returns what is to be written, in this order */
  tick(now: number): RouterOutput[]
}

/** In intervals: an instance that has not reported for so long gets no traffic. */
const silentAfter = 3
/** In milliseconds: one that has not for so long is forgotten. */
const forgottenAfter = 600_000
/** A clock that is ahead must not make an instance look alive for ever. */
const aheadMs = 60_000

interface KnownService {
  reports: Map<string, ServiceReport>
  /** Reports since the last tick. */
  received: number
  table: ServiceTable | undefined
}

export function createRouter({ intervalMs }: RouterOptions): Router {
  const services = new Map<string, KnownService>()
  const configs = new Map<string, ServiceConfig>()
  /** By service and instance. */
  const checks = new Map<string, Map<string, HealthCheck>>()
  const alerts = createAlertBook()

  function judge(serviceId: string, service: KnownService, now: number): ServiceTable {
    for (const [instanceId, { timestamp }] of service.reports) {
      const at = Date.parse(timestamp)
      if (at < now - forgottenAfter || at > now + aheadMs) service.reports.delete(instanceId)
    }
    return tableOf({
      reports: [...service.reports.values()],
      checks: checks.get(serviceId) ?? new Map(),
      config: configs.get(serviceId) ?? defaultConfig(),
      silentBefore: now - silentAfter * intervalMs
    })
  }

  return {
    report(report) {
      const { serviceId, instanceId, timestamp } = report
      const service = services.get(serviceId) ?? { reports: new Map(), received: 0, table: undefined }
      services.set(serviceId, service)
      service.received += 1
      const known = service.reports.get(instanceId)
      if (!known || Date.parse(known.timestamp) <= Date.parse(timestamp)) service.reports.set(instanceId, report)
    },

    check(check) {
      const ofService = checks.get(check.serviceId) ?? new Map<string, HealthCheck>()
      checks.set(check.serviceId, ofService)
      const known = ofService.get(check.instanceId)
      if (!known || Date.parse(known.timestamp) <= Date.parse(check.timestamp)) ofService.set(check.instanceId, check)
    },

    configure({ serviceId, algorithm, weights, drained }) {
      const known = configs.get(serviceId) ?? defaultConfig()
      configs.set(serviceId, {
        algorithm: algorithm ?? known.algorithm,
        weights: { ...known.weights, ...weights },
        drained: { ...known.drained, ...drained }
      })
    },

    tick(now) {
      for (const ofService of checks.values()) {
        for (const [id, { timestamp }] of ofService) {
          if (Date.parse(timestamp) < now - forgottenAfter) ofService.delete(id)
        }
      }
      const timestamp = new Date(now).toISOString()
      const outputs: RouterOutput[] = []
      const conditions = []
      for (const [serviceId, service] of services) {
        const table = judge(serviceId, service, now)
        conditions.push(...conditionsOf(serviceId, table))
        const reasons = differences(service.table, table)
        if (reasons.length > 0) {
          const { algorithm, failOpen } = table
          const instances = table.instances.map(({ reasons: _, report: __, ...instance }) => instance)
          const message: RoutingDecision = { timestamp, serviceId, algorithm, failOpen, instances, reasons }
          outputs.push({ topic: topics.decisions, key: serviceId, message })
          service.table = table
        }
        for (const { instanceId, score, reasons, state } of table.instances) {
          if (state === 'SILENT') continue
          const message = { timestamp, serviceId, instanceId, score, reasons }
          outputs.push({ topic: topics.scores, key: instanceId, message })
        }
        const aggregated = aggregate(serviceId, table, service.received, timestamp)
        if (aggregated) outputs.push({ topic: topics.aggregated, key: serviceId, message: aggregated })
        service.received = 0
        if (service.reports.size === 0) services.delete(serviceId)
      }
      for (const message of alerts.update(conditions, now)) {
        outputs.push({ topic: topics.alerts, key: message.instanceId, message })
      }
      return outputs
    }
  }
}

function defaultConfig(): ServiceConfig {
  return { algorithm: 'weighted', weights: {}, drained: {} }
}

/** The numbers of a service, of the instances that report; undefined without one. A p95 of a whole does not follow from those of its parts. */
function aggregate(
  serviceId: string,
  { instances }: ServiceTable,
  reports: number,
  timestamp: string
): ServiceMetricsMessage | undefined {
  const speaking = instances.filter(({ state }) => state !== 'SILENT').map(({ report }) => report.metrics)
  if (speaking.length === 0) return undefined
  const sum = (of: (metrics: ServiceReport['metrics']) => number) =>
    speaking.reduce((sum, metrics) => sum + of(metrics), 0)
  const latencies = speaking.map(({ p95Latency }) => p95Latency)
  return {
    timestamp,
    serviceId,
    instanceId: serviceId,
    metrics: {
      instances: speaking.length,
      reports,
      rps: sum(({ rps }) => rps),
      lowestP95Latency: Math.min(...latencies),
      highestP95Latency: Math.max(...latencies),
      errorRate: errorRateOf(speaking),
      activeConnections: sum(({ activeConnections }) => activeConnections),
      cpuUsage: sum(({ cpuUsage }) => cpuUsage) / speaking.length,
      memoryUsage: sum(({ memoryUsage }) => memoryUsage) / speaking.length
    },
    tags: {}
  }
}
