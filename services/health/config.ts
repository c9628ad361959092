import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '#shared/http/service-config.ts'
import { jmxAccessProperties } from '#shared/jmx/settings.ts'
import { kafkaConfigProperties } from '#shared/kafka/settings.ts'
import { prometheusProperties } from '#shared/prometheus/settings.ts'
import { requestEventProperties } from '#shared/request-events/settings.ts'
import { loadSettings } from '#shared/settings/load-settings.ts'
import { deadLetterProperties } from '#shared/streams/dead-letters/settings.ts'
import { zookeeperServersProperty, zookeeperTlsProperties } from '#shared/zookeeper/settings.ts'

export const HealthConfigSchema = Type.Object({
  ...serviceConfigProperties,
  ...kafkaConfigProperties,
  ...zookeeperTlsProperties,
  ...jmxAccessProperties,
  KOPS_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8082, description: 'Port to listen on' }),
  KOPS_DATA_DIR: Type.String({
    default: '.kops/health',
    description: 'Directory for state that must survive a restart: the history that verdicts on groups are based on'
  }),
  ...zookeeperServersProperty({
    default: '127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183',
    more: '; empty for a cluster without ZooKeeper'
  }),
  KOPS_JMX_TARGETS: Type.String({
    default: '',
    description:
      'JMX exporters of the brokers as host:port, separated by commas, in the order of KOPS_BOOTSTRAP_SERVERS; empty if there are none'
  }),
  KOPS_POLL_INTERVAL_MS: Type.Integer({
    minimum: 1000,
    default: 30_000,
    description: 'Time from the end of one sweep (a reading of everything) to the start of the next'
  }),
  KOPS_PULSE_INTERVAL_MS: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    multipleOf: 500,
    default: 2000,
    description:
      'Interval of the pulse, in steps of 500: which nodes answer, and what the JMX exporters report on replicas. Its cost for a broker does not depend on the size of the cluster; the service reads metadata when a pulse differs from the previous one, and every 10 s. 0: no pulse'
  }),
  KOPS_MAX_AGE_MS: Type.Integer({
    minimum: 0,
    default: 5000,
    description:
      'Maximum age of answers about brokers, partitions and ensemble: a request refreshes an older reading, unless a pulse has found it unchanged'
  }),
  KOPS_GROUPS_MAY_STOP: Type.String({
    default: 'console-consumer-*',
    description:
      'Comma-separated globs (*, ?) of consumer groups that may stop with unread records without making the status DEGRADED; empty: none'
  }),
  ...deadLetterProperties,
  KOPS_KAFKA_EXPORTER_METRICS: Type.Boolean({
    default: true,
    description: 'Whether to expose metrics under the names and labels of kafka_exporter too'
  }),
  KOPS_METRICS_MAX_SERIES: Type.Integer({
    minimum: 1000,
    maximum: 10_000_000,
    default: 400_000,
    description:
      'Maximum number of series for cluster metrics. Beyond it, the service leaves out redundant series first, and among series by partition the lags last; kops_health_series_dropped counts them'
  }),
  KOPS_HEALTH_EVENTS: Type.Boolean({
    default: false,
    description:
      'Whether to write statuses, alerts, scores and metrics to the topics health-status, alerts, health-scores and metrics-aggregated of catalog/smart-load-balancer.yaml. The service skips topics that do not exist and never creates them. setup.sh and Compose set true'
  }),
  KOPS_HEALTH_EVENTS_HEARTBEAT_MS: Type.Integer({
    minimum: 1000,
    maximum: 86_400_000,
    default: 60_000,
    description: 'How often the service writes everything again, changed or not; it writes metrics only then'
  }),
  ...requestEventProperties,
  KOPS_HEALTH_STREAMS_MAX: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 100,
    description: 'Maximum number of concurrent streams of GET /api/health/stream'
  }),
  ...prometheusProperties('Prometheus that scrapes this service, for GET /api/health/history'),
  KOPS_ALERTMANAGER_URL: Type.String({
    default: '',
    description:
      'Alertmanager of this cluster, the source of GET /api/alerts and maintenance windows, with path, user and password if needed; empty: alerts come only from its webhook'
  }),
  KOPS_ALERTMANAGER_PASSWORD_FILE: Type.String({
    default: '',
    description: 'File with the password of the user in KOPS_ALERTMANAGER_URL, read again for each request'
  }),
  KOPS_LOADTEST_URL: Type.String({
    default: '',
    description:
      'Address of load-test-service, which says which drill is under way and what drills measured; empty: alerts do not name a drill, and predictions have no measurement beside them'
  }),
  KOPS_LOADTEST_TOKEN_FILE: Type.String({
    default: '',
    description: 'File with a token (viewer) for KOPS_LOADTEST_URL, read at the start; empty: none is asked for'
  }),
  KOPS_SERVICE_DEATHS_FILE: Type.String({
    default: '',
    description: 'File in which the local runtime counts the deaths of each service; setup.sh sets it. Empty: no count'
  }),
  KOPS_PROBE_INTERVAL_MS: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    multipleOf: 1000,
    default: 0,
    description:
      'Interval of the probe, in whole seconds: it writes a record to each broker and reads it back. Creates the probe topic; 0: no probe. setup.sh and Compose set 5000'
  }),
  KOPS_PROBE_TOPIC: Type.String({
    default: 'kops-probe',
    pattern: '^kops-probe[a-zA-Z0-9._-]{0,200}$',
    description: 'Topic of the probe. The prefix keeps the probe from writing to one of your topics by mistake'
  })
})
export type HealthConfig = Static<typeof HealthConfigSchema>

/** @throws Error naming the setting that is not valid */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): HealthConfig {
  const config = loadSettings(HealthConfigSchema, env, 'health-service')
  assertBindable(config)
  return config
}
