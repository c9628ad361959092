import { parseJson } from '../json.ts'
import type { LabelMatcher } from './port.ts'

/** A matcher as Alertmanager and amtool write it: `alertname="KafkaBrokerDown"`. */
export function matcherText({ label, operator, value }: LabelMatcher): string {
  return `${label}${operator}${JSON.stringify(value)}`
}

/** Parses a matcher, with or without quotes: `alertname=~Kafka.*`, `group="g"`. undefined if it is invalid. */
export function readMatcher(text: string): LabelMatcher | undefined {
  const [, label, operator, rest = ''] = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text) ?? []
  const value = rest.startsWith('"') ? unquoted(rest) : rest
  if (label === undefined || !isOperator(operator) || value === undefined || value === '') return undefined
  return { label, operator, value }
}

function isOperator(text: string | undefined): text is LabelMatcher['operator'] {
  return text === '=' || text === '!=' || text === '=~' || text === '!~'
}

function unquoted(text: string): string | undefined {
  const value = parseJson(text)
  return typeof value === 'string' ? value : undefined
}
