import { relative } from 'node:path'
import type { TSchema } from 'typebox'
import { AnalyticsConfigSchema } from '#apps/analytics/config.ts'
import { LoadBalancerConfigSchema } from '#apps/load-balancer/config.ts'
import { AlertingSettingsSchema } from '#shared/cluster/observability/receivers.ts'
import { serviceConfigProperties } from '#shared/http/service-config.ts'
import { kafkaConfigProperties } from '#shared/kafka/settings.ts'
import { aliasesOf } from '#shared/settings/load-settings.ts'
import { zookeeperTlsProperties } from '#shared/zookeeper/settings.ts'
import { AdminConfigSchema } from './admin/config.ts'
import { HealthConfigSchema } from './health/config.ts'
import { LoadTestConfigSchema } from './load-test/config.ts'
import { LoadWorkerConfigSchema } from './load-test/worker/config.ts'

const services = {
  'admin-service': AdminConfigSchema.properties,
  'health-service': HealthConfigSchema.properties,
  'load-test-service': LoadTestConfigSchema.properties,
  'kops load worker': LoadWorkerConfigSchema.properties,
  'kops lb': LoadBalancerConfigSchema.properties,
  'kops analytics run': AnalyticsConfigSchema.properties
}

/** All settings of the services as a Markdown page, generated from the schemas that validate them: docs/settings.md. */
export function settingsReference(): string {
  const common = { ...serviceConfigProperties, ...kafkaConfigProperties, ...zookeeperTlsProperties }
  const ofAll = new Set(Object.keys(common))
  const own = Object.entries(services).map(([name, properties]) => {
    const others = Object.entries<TSchema>(properties).filter(([setting]) => !ofAll.has(setting))
    return `## ${name}\n\n${table(others)}`
  })
  return [
    '# Settings',
    'Each setting is an environment variable of the service, or a key of a settings file; [configuration.md](configuration.md)\n' +
      'describes both, other names of settings, and what goes before what. An invalid value keeps the service from starting, with\n' +
      'a message that names the setting. `node services/write-settings-reference.ts` generates this page from the schemas that\n' +
      'validate them.',
    `## Every service\n\n${table(Object.entries<TSchema>(common))}`,
    ...own,
    `## Alerting\n\nThe receivers of alerts. Setup reads these settings from \`.kops/alerting.env\` (lines NAME=value, mode 600) or from its\nenvironment, validates them before it starts anything, and writes them into Alertmanager's configuration: see\n[alerting.md](alerting.md).\n\n${table(Object.entries<TSchema>(AlertingSettingsSchema.properties))}`
  ]
    .join('\n\n')
    .concat('\n')
}

function table(settings: [string, TSchema][]): string {
  const rows = settings.map(([name, schema]) => {
    const described = String(Reflect.get(schema, 'description') ?? '')
    const aliases = aliasesOf(schema).map((alias) => `\`${alias}\``)
    const description = aliases.length === 0 ? described : `${described}. Also ${aliases.join(', ')}`
    return `| \`${name}\` | ${byDefault(schema)} | ${allowed(schema)} | ${description.replaceAll(/[<|]/g, '\\$&')} |`
  })
  return ['| setting | default | values | description |', '|---|---|---|---|', ...rows].join('\n')
}

/** Directories in this checkout are relative to the project. */
function byDefault(schema: TSchema): string {
  const value: unknown = Reflect.get(schema, 'default')
  if (value === '' || value === undefined) return 'none'
  const root = new URL('..', import.meta.url).pathname
  const text = String(value)
  return `\`${text.startsWith(root) ? relative(root, text) : text}\``
}

function allowed(schema: TSchema): string {
  const [type, values, minimum, maximum] = ['type', 'enum', 'minimum', 'maximum'].map((key): unknown =>
    Reflect.get(schema, key)
  )
  if (Array.isArray(values)) return values.map((value) => `\`${value}\``).join(', ')
  if (minimum === undefined) return String(type)
  return maximum === undefined ? `${minimum} and more` : `${minimum} to ${maximum}`
}
