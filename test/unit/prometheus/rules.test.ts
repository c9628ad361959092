import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { readAlertRules, readAlertTests } from './alert-rules.ts'
import { projectRoot } from './programs.ts'

const rules = await readAlertRules()
const tests = await readAlertTests()
const alerts = rules.map(({ alert }) => alert)

t.test('every alert has its own name, a duration, a severity and texts with numbers', async (t) => {
  t.equal(new Set(alerts).size, alerts.length)
  for (const { alert, for: duration, labels, annotations } of rules) {
    t.match(duration, /^\d+[ms]$/, `${alert} waits, so that a spike is no alert`)
    t.match(labels['severity'], /^(warning|critical)$/, `${alert} says how grave it is`)
    t.ok(annotations.summary, `${alert} has a summary`)
    t.match(annotations.description, /\d|\$value/, `${alert} is described with numbers`)
  }
})

t.test('every alert has a page with its meaning, first checks and what to do', async (t) => {
  const pages = await readdir(join(projectRoot, 'docs/runbooks'))
  const index = await readFile(join(projectRoot, 'docs/runbooks/README.md'), 'utf8')
  for (const { alert, labels, annotations } of rules) {
    const page = `${alert.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.md`
    t.equal(annotations.runbook_url, `docs/runbooks/${page}`)
    if (!t.ok(pages.includes(page), `${alert} has ${page}`)) continue
    const text = await readFile(join(projectRoot, 'docs/runbooks', page), 'utf8')
    t.equal(text.split('\n')[0], `# ${alert}`)
    for (const heading of ['## First checks', '## What to do']) t.ok(text.includes(heading), `${page}: ${heading}`)
    t.ok(text.includes('./kops '), `${page} has commands of kops`)
    t.ok(index.includes(`[${alert}](${page}) | ${labels['severity']} |`), `the index has ${alert}`)
  }
  t.equal(pages.length, rules.length + 1, 'and there is no page without an alert')
})

/** Every alert needs a test of each kind, recognised by its name. */
const cases = {
  fires: /^fires /,
  'stays silent': /^stays silent/,
  'when all series vanish': /^when all series vanish, /,
  'ignores a spike of two samples': /^ignores a spike of two samples/
}

t.test(
  'every alert has promtool tests: it fires, stays silent, handles vanished series and ignores a spike',
  async (t) => {
    for (const { alert, concern } of rules) {
      const own = tests.filter(({ name }) => name.startsWith(`${alert}: `))
      t.ok(
        own.every(({ file }) => file === `${concern}.test.yml`),
        `the tests of ${alert} are where its rule is`
      )
      for (const [what, pattern] of Object.entries(cases)) {
        t.ok(
          own.some(({ name }) => pattern.test(name.slice(alert.length + 2))),
          `${alert}: ${what}`
        )
      }
    }
  }
)

t.test('each promtool test expects what its name says', async (t) => {
  for (const { name, alert_rule_test: asked = [], promql_expr_test: counted = [] } of tests) {
    const [alert = '', what = ''] = name.split(': ', 2)
    t.ok(alerts.includes(alert), `${name}: an alert that exists`)
    const own = asked.filter(({ alertname }) => alertname === alert)
    if (/^fires/.test(what)) {
      t.ok(own.some(({ exp_alerts }) => exp_alerts?.length) || counted.length > 0, `${name}: it is expected to fire`)
    } else if (/^(stays silent|ignores)/.test(what)) {
      t.ok(own.length > 0 && own.every(({ exp_alerts }) => !exp_alerts?.length), `${name}: it is expected not to fire`)
    } else if (/^when all series vanish/.test(what)) {
      t.ok(
        counted.some(({ expr }) => expr.includes('alertstate="firing"')),
        `${name}: something fires instead`
      )
    }
  }
})

t.test('no rule contains a pattern that never fires or always fires', async (t) => {
  for (const { alert, expr } of rules) {
    t.notMatch(expr, /count\s*(by\s*\([^)]*\)\s*)?\([^)]*\)\s*(==\s*0|<\s*1)/, `${alert}: an empty count is no 0`)
    t.notMatch(expr, /rate\([^)]*\)\s*<\s*0/, `${alert}: a rate is never below 0`)
    t.notMatch(expr, /in_sync_replica|isr\w*\s*</i, `${alert}: not every topic has three replicas`)
  }
  const growing = rules.filter(({ expr }) => /predict_linear|deriv|delta/.test(expr))
  t.ok(growing.length > 0)
  for (const { alert, expr } of growing) t.match(expr, /\band on\b/, `${alert} has a floor under what grows`)
})

t.test('the alerts that a drill causes say that one is under way, before anything else', async (t) => {
  const told = rules.filter(({ annotations }) =>
    annotations.description?.startsWith('{{ with printf "kops_drill_phase')
  )
  t.same(
    told.map(({ alert }) => alert),
    [
      ...['KafkaBrokersUnhealthy', 'KafkaBrokerDown', 'KafkaBrokerMetricsAbsent', 'KafkaZookeeperQuorumLost'],
      ...['KafkaZookeeperNodesUnhealthy', 'KafkaKraftQuorumLost', 'KafkaKraftVoterLagging', 'KafkaOfflinePartitions'],
      ...['KafkaUnderMinIsrPartitions', 'KafkaUnderReplicatedPartitions', 'KafkaProbeDown']
    ]
  )
})

t.test('Alertmanager inhibits alerts that exist, and compares labels that both of them have', async (t) => {
  const { inhibit_rules } = parse(await readFile(join(projectRoot, 'prometheus/alertmanager.yml'), 'utf8'))
  const names: string[] = JSON.stringify(inhibit_rules).match(/Kafka\w+/g) ?? []
  t.ok(names.length > 0)
  for (const name of names) t.ok(alerts.includes(name), name)
})
