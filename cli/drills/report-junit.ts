import { create } from 'xmlbuilder2'
import type { Drill } from '#shared/contracts/drills.ts'
import { comparedNames } from '#shared/drill-timeline.ts'
import { seconds, titleOf } from './report-facts.ts'

type Outcome =
  | { is: 'passed'; output?: string }
  | { is: 'failure' | 'error' | 'skipped'; message: string; text?: string }

interface TestCase {
  group: string
  name: string
  outcome: Outcome
}

/**
 * Drills as JUnit XML, a suite each. A case that failed is a failure; what could not be judged is an error, so that a build
 * never passes by default; what was not measured, and guards that somebody overrode, are skipped. The case `verdict` fails
 * exactly if the drill did not pass.
 */
export function drillsJunit(drills: readonly Drill[]): string {
  const suites = drills.map((drill) => ({ drill, cases: casesOf(drill) }))
  const all = suites.flatMap(({ cases }) => cases)
  const root = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '?' }).ele('testsuites', {
    name: 'kops drills',
    ...totals(all),
    time: timeOf(drills)
  })
  for (const { drill, cases } of suites) {
    const suite = root.ele('testsuite', {
      name: titleOf(drill),
      id: drill.id,
      timestamp: drill.createdAt.replace(/(\.\d+)?Z$/, ''),
      ...totals(cases),
      time: timeOf([drill])
    })
    const properties = suite.ele('properties')
    for (const [name, value] of Object.entries(propertiesOf(drill))) properties.ele('property', { name, value })
    for (const { group, name, outcome } of cases) {
      const element = suite.ele('testcase', { classname: `drill.${drill.kind}.${group}`, name, time: '0' })
      if (outcome.is === 'passed') {
        if (outcome.output !== undefined) element.ele('system-out').txt(outcome.output)
      } else {
        const { is, message, text } = outcome
        const found = element.ele(is, is === 'skipped' ? { message } : { message, type: group })
        if (text !== undefined) found.txt(text)
      }
    }
  }
  return `${root.end({ prettyPrint: true })}\n`
}

function totals(cases: readonly TestCase[]) {
  const of = (is: Outcome['is']) => String(cases.filter(({ outcome }) => outcome.is === is).length)
  return { tests: String(cases.length), failures: of('failure'), errors: of('error'), skipped: of('skipped') }
}

function timeOf(drills: readonly Drill[]): string {
  const ms = drills.reduce(
    (sum, { createdAt, finishedAt }) =>
      sum + (finishedAt === null ? 0 : Date.parse(finishedAt) - Date.parse(createdAt)),
    0
  )
  return (ms / 1000).toFixed(3)
}

function propertiesOf({ id, kind, node, status, fingerprint }: Drill): Record<string, string> {
  return { id, kind, node, status, ...(fingerprint ? { configuration: fingerprint.hash } : {}) }
}

function casesOf(drill: Drill): TestCase[] {
  const { guards = [], evidence = [], comparison = [], consumers = [], verdict } = drill
  return [
    ...guards.map(({ name, passed, reading, limit, forced }): TestCase => {
      const message = `${reading}; allowed: ${limit}`
      const outcome: Outcome = passed
        ? { is: 'passed' }
        : forced
          ? { is: 'skipped', message: `forced: ${message}` }
          : { is: 'failure', message }
      return { group: 'guards', name, outcome }
    }),
    ...evidence.map(
      ({ stage, node, confirmed, detail }): TestCase => ({
        group: 'evidence',
        name: stage === node ? `the fault of ${node} took effect` : `${stage}: the fault of ${node} took effect`,
        outcome: confirmed ? { is: 'passed', output: detail } : { is: 'error', message: detail }
      })
    ),
    ...(verdict?.findings ?? []).map(({ class: name, severity, count, detail }): TestCase => {
      const message = `${count}: ${detail}`
      const outcome: Outcome =
        severity === 'allowed'
          ? { is: 'passed', output: message }
          : { is: severity === 'failure' ? 'failure' : 'error', message }
      return { group: 'findings', name, outcome }
    }),
    ...comparison.map(
      (each): TestCase => ({
        group: 'comparison',
        name: `${comparedNames[each.name]}, as predicted`,
        outcome: comparedOutcome(each)
      })
    ),
    ...consumers.map(
      ({ group, predictedSeconds, lastPartitionMs, within }): TestCase => ({
        group: 'comparison',
        name: `${group} delivers every partition again, as predicted`,
        outcome: comparedOutcome({
          predicted: predictedSeconds,
          measuredSeconds: lastPartitionMs === null ? null : lastPartitionMs / 1000,
          within
        })
      })
    ),
    { group: 'verdict', name: 'verdict', outcome: verdictOutcome(drill) }
  ]
}

/** A time outside of its band is a failure of the prediction, whatever explains it. */
function comparedOutcome({
  predicted,
  measuredSeconds,
  within,
  explanation
}: Omit<NonNullable<Drill['comparison']>[number], 'name'>): Outcome {
  const band = predicted ? `${predicted.min} to ${predicted.max} s` : 'nothing'
  const measured = measuredSeconds === null ? 'not measured' : `measured ${seconds(measuredSeconds * 1000)}`
  const message = [`predicted ${band}, ${measured}`, ...(explanation === undefined ? [] : [explanation])].join(': ')
  if (within === null) return { is: 'skipped', message }
  return within ? { is: 'passed', output: message } : { is: 'failure', message }
}

function verdictOutcome({ verdict, status, failure }: Drill): Outcome {
  if (!verdict) return { is: 'error', message: failure ?? `no verdict: the drill is ${status}` }
  const { result, reasons } = verdict
  const text = reasons.join('\n')
  if (result === 'pass') return { is: 'passed', output: text }
  return { is: result === 'fail' ? 'failure' : 'error', message: `${result}: ${reasons[0] ?? 'no reason'}`, text }
}
