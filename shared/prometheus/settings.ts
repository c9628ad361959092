import { Type } from 'typebox'
import { createPrometheusReader } from './http-reader.ts'
import type { PrometheusReader } from './ports.ts'

/**
 * Settings of a service that reads from Prometheus.
 * @param what a noun phrase: which Prometheus, and for what
 */
export function prometheusProperties(what: string) {
  return {
    KOPS_PROMETHEUS_URL: Type.String({
      default: '',
      description: `${what}, with path, user and password if needed; empty if there is none`
    }),
    KOPS_PROMETHEUS_PASSWORD_FILE: Type.String({
      default: '',
      description: 'File with the password of the user in KOPS_PROMETHEUS_URL, read again for each request'
    }),
    KOPS_PROMETHEUS_LABELS: labelsProperty('series if that Prometheus scrapes several clusters')
  }
}

/** Labels that select what is this cluster's. @param what of a source that several clusters share */
export function labelsProperty(what: string) {
  return Type.String({
    default: '',
    pattern: '^(?:[a-zA-Z_][a-zA-Z0-9_]*=[^,]*(?:,|$))*$',
    description: `Comma-separated name=value labels that select this cluster’s ${what}`
  })
}

/**
 * The configured Prometheus; undefined if there is none.
 * @throws Error, without the password, if its URL is invalid or the file of its password cannot be read
 */
export function prometheusOf({
  KOPS_PROMETHEUS_URL: url,
  KOPS_PROMETHEUS_PASSWORD_FILE: passwordFile
}: {
  KOPS_PROMETHEUS_URL: string
  KOPS_PROMETHEUS_PASSWORD_FILE: string
}): PrometheusReader | undefined {
  return url === '' ? undefined : createPrometheusReader(url, passwordFile)
}
