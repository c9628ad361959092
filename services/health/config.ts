import envSchema from 'env-schema'
import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '#shared/http/service-config.ts'

export const HealthConfigSchema = Type.Object({
  ...serviceConfigProperties,
  KOPS_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8082, description: 'Port to listen on' }),
  KOPS_DATA_DIR: Type.String({
    default: '.kops/health',
    description: 'Folder of what must survive a restart: the history by which groups are judged'
  }),
  KOPS_ZOOKEEPER_SERVERS: Type.String({
    default: '127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183',
    description: 'ZooKeeper nodes as host:port, separated by commas; empty for a cluster without ZooKeeper'
  }),
  KOPS_JMX_TARGETS: Type.String({
    default: '',
    description:
      'JMX exporters of the brokers as host:port, separated by commas, in the order of KOPS_BOOTSTRAP_SERVERS; empty when there are none'
  }),
  KOPS_POLL_INTERVAL_MS: Type.Integer({
    minimum: 1000,
    default: 30_000,
    description: 'How long after a reading of everything the next one begins'
  }),
  KOPS_PULSE_INTERVAL_MS: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    multipleOf: 500,
    default: 2000,
    description:
      'From one pulse to the next, in steps of 500: who answers, and what the JMX exporters report of replicas. It costs a broker the same whatever the size of the cluster; metadata is read when a pulse differs from the one before, and every 10 s. 0: no pulse'
  }),
  KOPS_MAX_AGE_MS: Type.Integer({
    minimum: 0,
    default: 5000,
    description:
      'An answer about brokers, partitions and ensemble is never older than this: a request has them read again, unless a pulse has found them unchanged'
  }),
  KOPS_GROUPS_MAY_STOP: Type.String({
    default: 'console-consumer-*',
    description:
      'Consumer groups that may stop with records unread without making the status DEGRADED, as globs (*, ?) separated by commas; empty: none may'
  }),
  KOPS_KAFKA_EXPORTER_METRICS: Type.Boolean({
    default: true,
    description: 'Whether metrics are also exposed under the names and labels of kafka_exporter'
  }),
  KOPS_METRICS_MAX_SERIES: Type.Integer({
    minimum: 1000,
    maximum: 10_000_000,
    default: 400_000,
    description:
      'Most series that metrics of the cluster have in all. Beyond, series that repeat others are left out first, and lags after everything else of partitions; kops_health_series_dropped counts them'
  }),
  KOPS_HEALTH_EVENTS: Type.Boolean({
    default: false,
    description:
      'Whether statuses, alerts, scores and metrics are written to the topics health-status, alerts, health-scores and metrics-aggregated, those of catalog/smart-load-balancer.yaml. A topic that does not exist is left out and never made. setup.sh and Compose set true'
  }),
  KOPS_HEALTH_EVENTS_HEARTBEAT_MS: Type.Integer({
    minimum: 1000,
    maximum: 86_400_000,
    default: 60_000,
    description: 'How often everything is written again whether it has changed or not; metrics are written only then'
  }),
  KOPS_HEALTH_STREAMS_MAX: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 100,
    description: 'Streams of GET /api/health/stream that may be open at the same time'
  }),
  KOPS_PROMETHEUS_URL: Type.String({
    default: '',
    description:
      'Prometheus that records the metrics of this service, for GET /api/health/history; with a path, user and password where it has them; empty when there is none'
  }),
  KOPS_PROMETHEUS_LABELS: Type.String({
    default: '',
    pattern: '^(?:[a-zA-Z_][a-zA-Z0-9_]*=[^,]*(?:,|$))*$',
    description:
      'Labels that the series of this cluster have in that Prometheus, as name=value, separated by commas, where it records several clusters; empty for one'
  }),
  KOPS_ALERTMANAGER_URL: Type.String({
    default: '',
    description:
      'Alertmanager that has the alerts of this cluster: GET /api/alerts and the maintenance windows are read from it; with a path, user and password where it has them; empty: alerts come from its webhook alone'
  }),
  KOPS_SERVICE_DEATHS_FILE: Type.String({
    default: '',
    description: 'Where the local runtime counts how often each service died; setup.sh sets it. Empty: nobody counts'
  }),
  KOPS_PROBE_INTERVAL_MS: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    multipleOf: 1000,
    default: 0,
    description:
      'How often, in whole seconds, a record is written to each broker and read back, which makes the topic of the probe; 0: never. setup.sh and Compose set 5000'
  }),
  KOPS_PROBE_TOPIC: Type.String({
    default: 'kops-probe',
    pattern: '^kops-probe[a-zA-Z0-9._-]{0,200}$',
    description: 'Topic of the probe. The name begins so that no topic of yours is ever written to by mistake'
  })
})
export type HealthConfig = Static<typeof HealthConfigSchema>

/** @throws Error naming the setting that is not valid */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): HealthConfig {
  const config = envSchema<HealthConfig>({ schema: HealthConfigSchema, data: env, env: false, dotenv: false })
  assertBindable(config)
  return config
}
