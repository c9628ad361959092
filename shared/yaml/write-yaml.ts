import { stringify } from 'yaml'

/** A value as a YAML document. Lines are not folded. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 })
}
