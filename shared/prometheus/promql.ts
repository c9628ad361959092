/** Label matchers of a PromQL selector, without its braces. */
export function matchersOf(labels: readonly (readonly [name: string, value: string])[]): string {
  return labels.map(([name, value]) => `${name}=${quote(value)}`).join(',')
}

/**
 * Quotes a value as a PromQL string; whatever it contains, it remains one string
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals).
 */
export function quote(value: string): string {
  // JSON escapes quotes, backslashes and control characters as Go does, which reads PromQL's strings.
  return JSON.stringify(value)
}
