import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { projectRoot } from './programs.ts'

interface Rule {
  alert: string
  expr: string
  for?: string
  labels: { severity?: string }
  annotations: { summary?: string; description?: string; runbook_url?: string }
}

const folder = join(projectRoot, 'prometheus')
const rules: Rule[] = parse(await readFile(join(folder, 'rules/kafka.yml'), 'utf8')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules
)

t.test('every alert has a duration, a severity, texts, and a runbook that exists', async (t) => {
  for (const { alert, for: duration, labels, annotations } of rules) {
    t.match(duration, /^\d+m$/, `${alert} waits, so that a spike is no alert`)
    t.match(labels.severity, /^(warning|critical)$/)
    t.ok(annotations.summary && annotations.description, `${alert} says what it is`)
    const runbook = annotations.runbook_url ?? ''
    await t.resolves(access(join(projectRoot, runbook)), `${alert} has ${runbook}`)
    t.match(await readFile(join(projectRoot, runbook), 'utf8'), alert)
  }
})

t.test('every alert has promtool tests that fire it and that keep it silent', async (t) => {
  const tests = await Promise.all(
    (await readdir(join(folder, 'tests'))).map((name) => readFile(join(folder, 'tests', name), 'utf8'))
  )
  type Case = { alertname: string; exp_alerts?: unknown[] }
  const cases: Case[] = tests.flatMap((text) =>
    parse(text).tests.flatMap((test: { alert_rule_test?: Case[] }) => test.alert_rule_test ?? [])
  )
  for (const { alert } of rules) {
    const own = cases.filter(({ alertname }) => alertname === alert)
    t.ok(
      own.some(({ exp_alerts }) => exp_alerts?.length),
      `${alert} fires`
    )
    t.ok(
      own.some(({ exp_alerts }) => !exp_alerts?.length),
      `${alert} stays silent`
    )
  }
})

t.test('Alertmanager inhibits alerts that exist', async (t) => {
  const { inhibit_rules } = parse(await readFile(join(folder, 'alertmanager.yml'), 'utf8'))
  const names: string[] = JSON.stringify(inhibit_rules).match(/Kafka\w+/g) ?? []
  t.ok(names.length > 0)
  for (const name of names)
    t.ok(
      rules.some(({ alert }) => alert === name),
      name
    )
})
