/** Names of runbooks: files of docs/runbooks, without their ending. */
export const runbookName = /^[a-z0-9]+(-[a-z0-9]+)*$/

/**
 * The address of a runbook on health-service.
 * @param healthUrl health-service's public address: `http://localhost:8082`
 * @param name `kafka-broker-down`
 */
export function runbookUrl(healthUrl: string, name: string): string {
  return `${healthUrl.replace(/\/+$/, '')}/runbooks/${name}`
}

/** The annotation `runbook_url` of an alert as an absolute URL: rule files name a file of this project. Others stay as they are. */
export function absoluteRunbook(healthUrl: string, annotation: string): string {
  const [, name] = /^docs\/runbooks\/([a-z0-9-]+)\.md$/.exec(annotation) ?? []
  return name === undefined ? annotation : runbookUrl(healthUrl, name)
}
