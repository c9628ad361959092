import type { BrokerHealth, LogDirHealth } from '#shared/contracts/broker-health.ts'
import { alone, gaugeSet } from './gauge-set.ts'
import type { MetricSource } from './source.ts'

const brokers = gaugeSet<BrokerHealth & { controllerKnown: boolean }>({
  level: 'node',
  labels: ['broker'],
  items: ({ health, readings }) => {
    const controllerKnown = isControllerKnown(readings)
    return alone(health.brokers.map((broker) => ({ ...broker, controllerKnown })))
  },
  values: ({ name }) => [name],
  gauges: [
    {
      name: 'kafka_broker_up',
      help: '1 if the broker answered the last reading of the cluster, 0 if not',
      read: ({ reachable }) => Number(reachable)
    },
    {
      name: 'kops_broker_controller',
      help: '1 for the active controller according to the brokers or the quorum, 0 for the others',
      read: ({ controller, controllerKnown }) => (controllerKnown ? Number(controller) : null)
    },
    {
      name: 'kops_broker_uptime_seconds',
      help: "Time since the broker's process started, from its JMX exporter",
      read: ({ uptimeSeconds }) => uptimeSeconds
    },
    { name: 'kops_broker_leaders', help: 'Partitions that the broker leads', read: ({ leaders }) => leaders },
    {
      name: 'kops_broker_partitions',
      help: 'Replicas assigned to the broker',
      read: ({ partitions }) => partitions
    },
    {
      name: 'kops_broker_request_queue_size',
      help: 'Requests waiting for a handler thread, from the JMX exporter',
      read: ({ requestQueueSize }) => requestQueueSize
    },
    {
      name: 'kops_broker_handler_idle_ratio',
      help: 'Share of the last minute in which the request handler threads were idle, 0 to 1, from the JMX exporter',
      read: ({ handlerIdleRatio }) => handlerIdleRatio
    }
  ]
})

/** A broker reports no sizes for an offline directory. */
const logDirs = gaugeSet<LogDirHealth & { broker: string }>({
  level: 'node',
  labels: ['broker', 'dir'],
  items: ({ health }) =>
    alone(health.brokers.flatMap(({ name, logDirs }) => logDirs?.map((dir) => ({ ...dir, broker: name })) ?? [])),
  values: ({ broker, dir }) => [broker, dir],
  gauges: [
    {
      name: 'kops_broker_log_dir_online',
      help: '0 if the broker has taken the log directory offline after an I/O error, 1 if not',
      read: ({ online }) => Number(online)
    },
    {
      name: 'kops_broker_log_dir_bytes',
      help: 'Size of the replicas in the log directory',
      read: ({ online, sizeBytes }) => (online ? sizeBytes : null)
    },
    {
      name: 'kops_broker_log_dir_total_bytes',
      help: 'Size of the volume under the log directory',
      read: ({ online, totalBytes }) => (online ? totalBytes : null)
    },
    {
      name: 'kops_broker_log_dir_usable_bytes',
      help: 'Free space on the volume under the log directory',
      read: ({ online, usableBytes }) => (online ? usableBytes : null)
    }
  ]
})

export const brokerMetrics = [brokers, logDirs]

/** The gauges that change when a broker joins or leaves. */
export const quickBrokerMetrics = [brokers]

/** Without an answer from the quorum, brokers of a KRaft cluster name any live broker as the controller. */
function isControllerKnown({ metadata, quorum, parts }: MetricSource['readings']): boolean {
  return parts.has('quorum') ? quorum !== null : metadata !== null
}
