import { readFile, stat } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { type Static, type TSchema, Type } from 'typebox'
import Value from 'typebox/value'
import { type FieldError, KopsError } from '../../errors/catalog.ts'

const url = { pattern: '^https?://[^\\s/]+(/\\S*)?$' }
const line = { pattern: '^[^\\r\\n]+$', maxLength: 1000 }
const address = '[^\\s@,<>]+@[^\\s@,<>]+'

/**
 * The receivers of alerts besides health-service. Each setting is a line of the file alerting.env, or an environment
 * variable.
 */
export const AlertingSettingsSchema = Type.Object(
  {
    KOPS_ALERT_WEBHOOK_URL: Type.Optional(
      Type.String({ ...url, description: "Receives every alert as JSON: Alertmanager's webhook, version 4" })
    ),
    KOPS_ALERT_WEBHOOK_TOKEN: Type.Optional(
      Type.String({ ...line, description: 'Bearer token for that webhook. Secret' })
    ),
    KOPS_ALERT_SLACK_WEBHOOK_URL: Type.Optional(
      Type.String({
        ...url,
        description: 'Incoming webhook of Slack, or compatible; every alert. Secret'
      })
    ),
    KOPS_ALERT_SLACK_CHANNEL: Type.Optional(
      Type.String({ ...line, description: 'Channel, if different from the webhook’s default: #kafka' })
    ),
    KOPS_ALERT_PAGERDUTY_ROUTING_KEY: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9]{32}$',
        description: 'Integration key (Events API v2) of a PagerDuty service; critical alerts only. Secret'
      })
    ),
    KOPS_ALERT_PAGERDUTY_URL: Type.Optional(
      Type.String({
        ...url,
        description: 'Events URL, if not https://events.pagerduty.com/v2/enqueue: the EU region has its own'
      })
    ),
    KOPS_ALERT_EMAIL_TO: Type.Optional(
      Type.String({
        pattern: `^${address}(, ?${address})*$`,
        description: 'Comma-separated addresses that receive every alert'
      })
    ),
    KOPS_ALERT_EMAIL_FROM: Type.Optional(
      Type.String({ pattern: `^${address}$`, description: 'Sender address; required for e-mail' })
    ),
    KOPS_ALERT_EMAIL_SMTP_HOST: Type.Optional(
      Type.String({
        pattern: '^[^\\s:/]+:[0-9]{1,5}$',
        description: 'Mail server as host:port; required for e-mail'
      })
    ),
    KOPS_ALERT_EMAIL_SMTP_USER: Type.Optional(Type.String({ ...line, description: 'User name for the mail server' })),
    KOPS_ALERT_EMAIL_SMTP_PASSWORD: Type.Optional(
      Type.String({ ...line, description: 'Password of that user. Secret' })
    ),
    KOPS_ALERT_EMAIL_SMTP_TLS: Type.Optional(
      Type.Enum(['required', 'off'], {
        description: 'Whether the mail server must offer STARTTLS (or speak TLS on port 465); defaults to required'
      })
    ),
    KOPS_ALERT_REPEAT_INTERVAL: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]{0,4}[mhd]$',
        description: 'How often to repeat an alert that keeps firing; defaults to 4h'
      })
    ),
    KOPS_PUBLIC_HEALTH_URL: Type.Optional(
      Type.String({ ...url, description: 'Public address of health-service, for links to runbooks' })
    )
  },
  { additionalProperties: false }
)
export type AlertingSettings = Static<typeof AlertingSettingsSchema>
type Setting = keyof AlertingSettings

/** Settings that require others. */
const needs: [setting: Setting, needed: Setting[]][] = [
  ['KOPS_ALERT_WEBHOOK_TOKEN', ['KOPS_ALERT_WEBHOOK_URL']],
  ['KOPS_ALERT_SLACK_CHANNEL', ['KOPS_ALERT_SLACK_WEBHOOK_URL']],
  ['KOPS_ALERT_PAGERDUTY_URL', ['KOPS_ALERT_PAGERDUTY_ROUTING_KEY']],
  ['KOPS_ALERT_EMAIL_TO', ['KOPS_ALERT_EMAIL_FROM', 'KOPS_ALERT_EMAIL_SMTP_HOST']],
  ['KOPS_ALERT_EMAIL_FROM', ['KOPS_ALERT_EMAIL_TO']],
  ['KOPS_ALERT_EMAIL_SMTP_HOST', ['KOPS_ALERT_EMAIL_TO']],
  ['KOPS_ALERT_EMAIL_SMTP_USER', ['KOPS_ALERT_EMAIL_TO', 'KOPS_ALERT_EMAIL_SMTP_PASSWORD']],
  ['KOPS_ALERT_EMAIL_SMTP_PASSWORD', ['KOPS_ALERT_EMAIL_SMTP_USER']],
  ['KOPS_ALERT_EMAIL_SMTP_TLS', ['KOPS_ALERT_EMAIL_TO']]
]

const isOurs = (name: string) => name.startsWith('KOPS_ALERT_') || name === 'KOPS_PUBLIC_HEALTH_URL'

/**
 * Checks the alerting settings among some variables; ignores others.
 * @throws KopsError validation_failed that names each invalid setting, but never its value, which may be a secret
 */
export function parseAlertingSettings(variables: Record<string, string | undefined>): AlertingSettings {
  const given = Object.entries(variables).filter(([name, value]) => isOurs(name) && value !== undefined && value !== '')
  const errors: FieldError[] = []
  for (const [name, value] of given) {
    const schema = Object.entries<TSchema>(AlertingSettingsSchema.properties).find(([setting]) => setting === name)?.[1]
    if (schema === undefined) errors.push({ field: name, message: 'is not a setting' })
    else if (!Value.Check(schema, value)) {
      errors.push({ field: name, message: `is not valid. It is: ${Reflect.get(schema, 'description')}` })
    }
  }
  const has = new Set(given.map(([name]) => name))
  for (const [setting, needed] of needs) {
    const missing = has.has(setting) ? needed.filter((name) => !has.has(name)) : []
    if (missing.length > 0) errors.push({ field: setting, message: `needs ${missing.join(' and ')}` })
  }
  const settings: unknown = Object.fromEntries(given)
  if (errors.length === 0 && Value.Check(AlertingSettingsSchema, settings)) return settings
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  throw new KopsError('validation_failed', detail, { errors })
}

/**
 * The settings of a file of lines NAME=value; variables of the environment override them.
 * @param file may be missing
 * @throws KopsError validation_failed like parseAlertingSettings(), and if users other than its owner and group may
 * read the file
 */
export async function readAlertingSettings(
  file: string,
  variables: Record<string, string | undefined>
): Promise<AlertingSettings> {
  const found = await stat(file).catch(() => undefined)
  if (found && (found.mode & 0o007) !== 0) {
    throw new KopsError('validation_failed', `${file} holds secrets but is readable by everyone: chmod 600 ${file}`)
  }
  const lines = found ? parseEnv(await readFile(file, 'utf8')) : {}
  const unknown = Object.keys(lines).filter((name) => !isOurs(name))
  if (unknown.length > 0) {
    const errors = unknown.map((field) => ({ field, message: 'there is no such setting' }))
    throw new KopsError('validation_failed', `${file}: no setting ${unknown.join(', ')}`, { errors })
  }
  return parseAlertingSettings({
    ...lines,
    ...Object.fromEntries(Object.entries(variables).filter(([, value]) => value))
  })
}

/** Alertmanager's receivers, and the secrets that it reads from files. */
export interface Receivers {
  /** Integrations of the receiver for alerts of every severity; an object of Alertmanager's configuration. */
  operators: Record<string, object[]>
  /** Integrations of the receiver for critical alerts: the same, plus PagerDuty. */
  critical: Record<string, object[]>
  repeatInterval: string | undefined
  /** By file name. */
  secrets: Record<string, string>
}

const title =
  '[{{ if eq .Status "firing" }}{{ .CommonLabels.severity | toUpper }}{{ else }}RESOLVED{{ end }}] {{ .CommonLabels.alertname }} on {{ .CommonLabels.cluster }}'
const text = `{{ range .Alerts }}{{ .Annotations.summary }}
{{ if eq .Status "firing" }}{{ .Annotations.description }}
{{ else }}It ended at {{ .EndsAt.UTC.Format "15:04:05" }} UTC.
{{ end }}Runbook: {{ .Annotations.runbook_url }}
{{ end }}`
const runbook = '{{ (index .Alerts 0).Annotations.runbook_url }}'

/** @param secretsDir the directory of the secret files, as Alertmanager sees it; absolute */
export function renderReceivers(settings: AlertingSettings, secretsDir: string): Receivers {
  const secrets: Record<string, string> = {}
  const secret = (name: string, value: string) => {
    secrets[name] = value
    return `${secretsDir}/${name}`
  }
  const operators: Record<string, object[]> = {}
  const {
    KOPS_ALERT_WEBHOOK_URL: webhook,
    KOPS_ALERT_WEBHOOK_TOKEN: token,
    KOPS_ALERT_SLACK_WEBHOOK_URL: slack,
    KOPS_ALERT_SLACK_CHANNEL: channel,
    KOPS_ALERT_PAGERDUTY_ROUTING_KEY: routingKey,
    KOPS_ALERT_PAGERDUTY_URL: pagerduty,
    KOPS_ALERT_EMAIL_TO: to,
    KOPS_ALERT_EMAIL_FROM: from,
    KOPS_ALERT_EMAIL_SMTP_HOST: smarthost,
    KOPS_ALERT_EMAIL_SMTP_USER: user,
    KOPS_ALERT_EMAIL_SMTP_PASSWORD: password,
    KOPS_ALERT_EMAIL_SMTP_TLS: tls = 'required'
  } = settings
  if (webhook !== undefined) {
    const authorization = token !== undefined && { credentials_file: secret('webhook-token', token) }
    operators['webhook_configs'] = [
      { url: webhook, send_resolved: true, max_alerts: 100, ...(authorization && { http_config: { authorization } }) }
    ]
  }
  if (slack !== undefined) {
    operators['slack_configs'] = [
      {
        api_url_file: secret('slack-url', slack),
        ...(channel !== undefined && { channel }),
        send_resolved: true,
        title,
        title_link: runbook,
        text,
        color: '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'
      }
    ]
  }
  if (to !== undefined) {
    operators['email_configs'] = [
      {
        to,
        from,
        smarthost,
        require_tls: tls === 'required',
        ...(user !== undefined && {
          auth_username: user,
          auth_password_file: secret('smtp-password', password ?? '')
        }),
        send_resolved: true,
        headers: { Subject: title },
        html: '',
        text
      }
    ]
  }
  const wakes = routingKey !== undefined && {
    pagerduty_configs: [
      {
        routing_key_file: secret('pagerduty-key', routingKey),
        ...(pagerduty !== undefined && { url: pagerduty }),
        send_resolved: true,
        severity: '{{ .CommonLabels.severity }}',
        description: '{{ .CommonLabels.alertname }}: {{ (index .Alerts 0).Annotations.summary }}',
        details: { text, runbook },
        links: [{ href: runbook, text: 'Runbook' }]
      }
    ]
  }
  return {
    operators,
    critical: { ...operators, ...(wakes || {}) },
    repeatInterval: settings.KOPS_ALERT_REPEAT_INTERVAL,
    secrets
  }
}
