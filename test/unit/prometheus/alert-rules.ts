import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectRoot } from './programs.ts'

/** An alert as a file under prometheus/rules has it. */
export interface AlertRule {
  /** The file, without its ending. */
  concern: string
  alert: string
  expr: string
  for?: string
  labels: Record<string, string>
  annotations: { summary?: string; description?: string; runbook_url?: string }
}

/** One test of a file under prometheus/tests. */
export interface AlertTest {
  file: string
  name: string
  interval: string
  alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[]
  promql_expr_test?: { expr: string }[]
}

const folder = join(projectRoot, 'prometheus')

export async function readAlertRules(): Promise<AlertRule[]> {
  const files = await folders.rules()
  return files.flatMap(({ name, content }) =>
    content.groups.flatMap((group: { rules: Omit<AlertRule, 'concern'>[] }) =>
      group.rules.map((rule) => ({ concern: name.replace(/\.yml$/, ''), ...rule }))
    )
  )
}

/**
 * What these files have of these alerts, as one file: promtool evaluates all rules that a file has, at every step.
 * @param files as a file of tests names them
 */
export async function rulesOf(alerts: readonly string[], files: readonly string[]): Promise<{ groups: object[] }> {
  const named = (await folders.rules()).filter(({ name }) => files.includes(`../rules/${name}`))
  const groups = named.flatMap(({ content }) =>
    content.groups.map((group: { rules: { alert: string }[] }) => ({
      ...group,
      rules: group.rules.filter(({ alert }) => alerts.includes(alert))
    }))
  )
  return { groups: groups.filter(({ rules }) => rules.length > 0) }
}

export async function readAlertTests(): Promise<AlertTest[]> {
  const files = await readTestFiles()
  return files.flatMap(({ name, content }) => content.tests.map((test) => ({ file: name, ...test })))
}

/** A file under prometheus/tests, as promtool reads it. */
interface TestFile {
  rule_files: string[]
  evaluation_interval: string
  tests: Omit<AlertTest, 'file'>[]
}

export function readTestFiles(): Promise<{ name: string; content: TestFile }[]> {
  return folders.tests()
}

const folders = { rules: lazily(() => readFolder('rules')), tests: lazily(() => readFolder('tests')) }

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

async function readFolder(name: string) {
  const path = join(folder, name)
  const files = (await readdir(path)).sort()
  return Promise.all(
    files.map(async (file) => ({ name: file, content: parse(await readFile(join(path, file), 'utf8')) }))
  )
}
