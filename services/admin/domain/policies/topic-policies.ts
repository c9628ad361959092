import type { Catalog } from '#shared/contracts/catalog.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { PolicyRule, TopicPolicy } from '#shared/contracts/topic-policies.ts'
import type { TopicConfigs, TopicSpec } from '#shared/contracts/topic-specs.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'
import { matchesGlob } from '#shared/lists/glob.ts'

/** The policy of a catalog, with what it is for. */
export interface NamedPolicy extends Omit<TopicPolicy, 'topics'> {
  catalog: string
  /** Globs of topics. */
  topics: readonly string[]
}

/** A rule that a topic or a record breaks. */
export interface Breach {
  rule: PolicyRule
  catalog: string
  /** Of the request: `topicName`, `configs.max.message.bytes`, `records.0.headers`. */
  field: string
  message: string
  enforced: boolean
}

/** Kafka's own default of max.message.bytes: 1 MiB and the 12 bytes around a batch. */
const kafkasMaxMessageBytes = 1_048_588
const mebibyte = 1_048_576
/** A request may have a thousand records. */
const mostNamed = 5
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** The policies of catalogs. */
export function policiesOf(catalogs: readonly Catalog[]): NamedPolicy[] {
  return catalogs.flatMap(({ name, topics, policy }) =>
    policy ? [{ ...policy, catalog: name, topics: policy.topics ?? topics.map((topic) => topic.name) }] : []
  )
}

function policiesFor(topic: string, policies: readonly NamedPolicy[]): NamedPolicy[] {
  const isOneOf = (globs: readonly string[]) => globs.some((glob) => matchesGlob(glob, topic))
  return policies.filter(({ topics, except = [] }) => isOneOf(topics) && !isOneOf(except))
}

/** The rules that a name breaks. */
export function nameBreaches(name: string, policies: readonly NamedPolicy[]): Breach[] {
  return policiesFor(name, policies).flatMap((policy) => {
    const breaches: Breach[] = []
    if (policy.names === 'kebab-case' && !kebabCase.test(name)) {
      breaches.push(breachOf(policy, 'names', 'topicName', 'is not kebab-case: lower-case words joined by hyphens'))
    }
    const { environments } = policy
    if (environments && !environments.some((environment) => name.startsWith(`${environment}-`))) {
      const prefixes = environments.map((environment) => `${environment}-`).join(', ')
      breaches.push(breachOf(policy, 'environments', 'topicName', `does not begin with its environment: ${prefixes}`))
    }
    return breaches
  })
}

/**
 * The rules that a topic's configuration breaks.
 * @param configs its overrides; what they do not name is as Kafka's brokers have it
 */
export function configBreaches(name: string, configs: TopicConfigs, policies: readonly NamedPolicy[]): Breach[] {
  const given = configs['max.message.bytes']
  return policiesFor(name, policies).flatMap((policy) => {
    const { maxMessageBytes: most } = policy
    if (most === undefined) return []
    // A broker's default of 1 MiB is not above a limit of 1 MiB because of what surrounds a batch.
    if (given === undefined ? most >= mebibyte : Number(given) <= most) return []
    const found = given === undefined ? `is not set, and Kafka’s default is ${kafkasMaxMessageBytes}` : `is ${given}`
    return [
      breachOf(policy, 'maxMessageBytes', 'configs.max.message.bytes', `${found}: messages have ${most} bytes at most`)
    ]
  })
}

/** The rules that a new topic breaks. */
export function topicBreaches({ name, configs = {} }: TopicSpec, policies: readonly NamedPolicy[]): Breach[] {
  return [...nameBreaches(name, policies), ...configBreaches(name, configs, policies)]
}

/**
 * The rules that a record breaks.
 * @param record names of its headers, and the bytes of key, value and headers
 * @param field the record in the request: `records.0`
 */
export function recordBreaches(
  topic: string,
  record: { headers: readonly string[]; bytes: number },
  field: string,
  policies: readonly NamedPolicy[]
): Breach[] {
  return policiesFor(topic, policies).flatMap((policy) => {
    const { maxMessageBytes: most, correlationIdHeader: header } = policy
    const breaches: Breach[] = []
    if (most !== undefined && record.bytes > most) {
      breaches.push(
        breachOf(policy, 'maxMessageBytes', field, `has ${record.bytes} bytes: messages have ${most} bytes at most`)
      )
    }
    if (header !== undefined && !record.headers.includes(header)) {
      breaches.push(breachOf(policy, 'correlationIdHeader', `${field}.headers`, `lacks the header ${header}`))
    }
    return breaches
  })
}

/** The header in which records of a topic have their correlation id. */
export function correlationHeaderOf(topic: string, policies: readonly NamedPolicy[]): string {
  const named = policiesFor(topic, policies).find(({ correlationIdHeader }) => correlationIdHeader !== undefined)
  return named?.correlationIdHeader ?? 'correlation-id'
}

function breachOf(policy: NamedPolicy, rule: PolicyRule, field: string, message: string): Breach {
  const { catalog, enforce = [] } = policy
  return {
    rule,
    catalog,
    field,
    message: `${message} (policy of catalog ${catalog})`,
    enforced: enforce.includes(rule)
  }
}

/** One warning for a topic, with all that is wrong; none if nothing is. */
export function policyWarnings(topic: string, breaches: readonly Breach[]): Warning[] {
  if (breaches.length === 0) return []
  const all = [...new Set(breaches.map(inWords))]
  const more = all.length > mostNamed ? `; and ${all.length - mostNamed} more` : ''
  const message = `${all.slice(0, mostNamed).join('; ')}${more}`
  return [{ code: 'policy_broken', message, target: topic }]
}

/** What is wrong, for those who have no request before them. */
export function inWords({ field, message }: Breach): string {
  return `${field === 'topicName' ? 'its name' : field.replace(/^configs\./, '')} ${message}`
}

/** @throws KopsError policy_broken with the fields, if a rule is broken that is enforced */
export function assertPolicies(breaches: readonly Breach[]): void {
  const errors: FieldError[] = breaches
    .filter(({ enforced }) => enforced)
    .map(({ field, message }) => ({ field, message }))
  if (errors.length === 0) return
  throw new KopsError('policy_broken', errors.map(({ field, message }) => `${field} ${message}`).join('; '), { errors })
}
