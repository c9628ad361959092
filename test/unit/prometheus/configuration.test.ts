import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import {
  ensureMonitoringAccess,
  fastTiming,
  monitoringFiles,
  writeObservabilityConfig
} from '#shared/cluster/observability/index.ts'
import { readAlertRules, readTestFiles, rulesOf } from './alert-rules.ts'
import { projectRoot, runProgram, skip } from './programs.ts'

const sourceDir = join(projectRoot, 'prometheus')
const definition: ClusterDefinition = {
  id: 'a1b2c3',
  name: 'c1',
  runtime: 'local',
  ports: defaultPorts,
  heap: defaultHeap
}

t.test('promtool accepts the configuration, its rules and its targets', { skip }, async (t) => {
  for (const timing of [{}, fastTiming]) {
    const configDir = join(t.testdir(), 'config')
    // It looks for the files with secrets, too.
    await ensureMonitoringAccess(configDir, { user: undefined, inContainers: false })
    const accessDir = monitoringFiles(configDir).folder
    await writeObservabilityConfig(definition, { sourceDir, configDir, accessDir, timing })
    const { code, output } = await runProgram('promtool', ['check', 'config', join(configDir, 'prometheus.yml')])
    t.equal(code, 0, output)
    t.notMatch(output, 'WARNING')
  }
})

t.test('the rules pass their tests', { skip }, async (t) => {
  const folder = t.testdir()
  await mkdir(folder, { recursive: true })
  const alerts = (await readAlertRules()).map(({ alert }) => alert)
  const files: string[] = []
  for (const { name, content } of await readTestFiles()) {
    // promtool evaluates every rule at every step: a test has those that it asks about, and steps as wide as its samples.
    const alike = Map.groupBy(content.tests, ({ interval, alert_rule_test = [], promql_expr_test = [] }) => {
      const asked = JSON.stringify([alert_rule_test, promql_expr_test.map(({ expr }) => expr)])
      return [
        interval === '2s' ? 'narrow' : 'wide',
        ...alerts.filter((alert) => new RegExp(`\\b${alert}\\b`).test(asked))
      ].join(' ')
    })
    for (const [kind, tests] of alike) {
      const [steps, ...asked] = kind.split(' ')
      const [rules, file] = [`rules-${files.length}-${name}`, join(folder, `${files.length}-${name}`)]
      await writeFile(join(folder, rules), stringify(await rulesOf(asked, content.rule_files)))
      const evaluation_interval = steps === 'wide' ? '15s' : content.evaluation_interval
      await writeFile(file, stringify({ rule_files: [rules], evaluation_interval, tests }))
      files.push(file)
    }
  }
  const { code, output } = await runProgram('promtool', ['test', 'rules', ...files])
  t.equal(code, 0, output)
})

t.test('amtool accepts the configuration of Alertmanager', { skip }, async (t) => {
  const { code, output } = await runProgram('amtool', ['check-config', join(sourceDir, 'alertmanager.yml')])
  t.equal(code, 0, output)
  const configDir = join(t.testdir(), 'config')
  await writeObservabilityConfig(definition, { sourceDir, configDir, accessDir: '/state/access', timing: fastTiming })
  const generated = await runProgram('amtool', ['check-config', join(configDir, 'alertmanager.yml')])
  t.equal(generated.code, 0, generated.output)
})

t.test(
  'every alert is routed to health-service and the operators, and a critical one to those on call',
  { skip },
  async (t) => {
    const people = { warning: 'operators', critical: 'operators-critical' }
    for (const [severity, receiver] of Object.entries(people)) {
      const { code, output } = await runProgram('amtool', [
        'config',
        'routes',
        'test',
        `--config.file=${join(sourceDir, 'alertmanager.yml')}`,
        `--verify.receivers=health-service,${receiver}`,
        'alertname=KafkaBrokersUnhealthy',
        `severity=${severity}`
      ])
      t.equal(code, 0, output)
    }
  }
)
