import { hidden, looksSecret } from '#shared/audit/recorded-request.ts'
import type { ConnectorConfig, ConnectorPlan } from '#shared/contracts/connectors.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'
import type { ReservedTopics } from '#shared/reserved-topics.ts'

/** Settings of connectors that hold secrets and are not recognised as those of Kafka are. */
const furtherSecrets = /token|credential|api[._-]?key|private[._-]?key|access[._-]?key/i

/** `${file:/run/secrets/db:password}`: a worker looks the value up (KIP-297). */
const reference = /^\$\{\w+:[^}]*\}$/

function isSecret(name: string, value: string): boolean {
  return (looksSecret(name) || furtherSecrets.test(name)) && !reference.test(value)
}

/** Settings as they may be shown: secrets are hidden, references to them are not. */
export function shownConfig(config: ConnectorConfig): ConnectorConfig {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, isSecret(name, value) ? hidden : value])
  )
}

/** What differs between the settings of a connector and others; `before` is undefined if there is no connector. */
export function changedSettings(before: ConnectorConfig | undefined, after: ConnectorConfig): ConnectorPlan['changes'] {
  const old = before ?? {}
  const names = [...new Set([...Object.keys(old), ...Object.keys(after)])].sort()
  const shown = (config: ConnectorConfig, name: string) => {
    const value = config[name]
    return value === undefined ? null : isSecret(name, value) ? hidden : value
  }
  return names
    .filter((name) => old[name] !== after[name])
    .map((name) => ({ name, before: shown(old, name), after: shown(after, name) }))
}

/** Settings by which connectors and transformations name topics that they write to. */
const writtenTopics = /^(topic|kafka\.topic|topic\.name|errors\.deadletterqueue\.topic\.name)$/

/**
 * Refuses what a worker would not: a name that is not that of the request, secrets that were hidden, and topics that are
 * not the callers'.
 * @throws KopsError validation_failed, topic_protected
 */
export function assertAcceptable(name: string, config: ConnectorConfig, reserved: ReservedTopics): void {
  const errors: FieldError[] = []
  const field = (setting: string) => `config.${setting}`
  if (!config['connector.class']) errors.push({ field: field('connector.class'), message: 'is required' })
  if (config['name'] !== undefined && config['name'] !== name) {
    errors.push({ field: field('name'), message: `is not the name of the connector, ${name}` })
  }
  for (const [setting, value] of Object.entries(config)) {
    if (value === hidden && isSecret(setting, value)) {
      errors.push({
        field: field(setting),
        message: 'is hidden; set the secret itself, or a reference: ${file:PATH:KEY}'
      })
    }
  }
  if (errors.length > 0) throw invalid(errors)
  for (const [setting, value] of Object.entries(config)) {
    if (!writtenTopics.test(setting)) continue
    const refusal = reserved.refusal(value, 'write', field(setting))
    if (refusal) throw refusal
  }
}

/** @param errors with fields as the request has them */
export function invalid(errors: FieldError[]): KopsError {
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return new KopsError('validation_failed', detail, { errors })
}
