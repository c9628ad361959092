import type {
  LossCounts,
  LossKind,
  SecondsBand,
  WhatIf,
  WhatIfDetail,
  WhatIfScenario
} from '#shared/contracts/what-if.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { span } from '#shared/reports/figures.ts'
import { bytes, counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { ranges } from './health.ts'

const fates: Record<LossKind, string> = { kill: 'dies', stop: 'is stopped', pause: 'hangs' }
const fatesOfSeveral: Record<LossKind, string> = { kill: 'die', stop: 'are stopped', pause: 'hang' }

/** Every loss, a line each. A healthy cluster has zeros. */
export function printWhatIf(output: Output, { how, scenarios: all, assumed }: WhatIf): void {
  // A rack of one broker is that broker.
  const scenarios = all.filter(({ kind, brokers }) => kind !== 'rack' || brokers.length > 1)
  output.print(paint('dim', `If this ${fates[how]} now:`))
  output.print(
    table(
      ['LOST', 'NEW LEADERS', 'AFTER', 'OFFLINE', 'WRITES STOP', 'GROUPS MOVE', 'QUORUM', 'RESTART NOW'],
      scenarios.map((scenario) => [
        nameOf(scenario),
        String(scenario.leaders),
        scenario.leaders === 0 ? '-' : band(scenario.seconds.leaders),
        losses(scenario.offline),
        losses(scenario.writesStop),
        scenario.groups === null ? '?' : String(scenario.groups),
        quorum(scenario),
        restart(scenario)
      ])
    )
  )
  tellAssumed(output, assumed)
  const unsafe = scenarios.find(({ kind, restart }) => kind !== 'rack' && !restart.safe)
  if (unsafe) output.print(paint('dim', `why not: kops can-restart ${unsafe.name}`))
}

/** One loss, with its partitions and groups. */
export function printScenario(output: Output, { how, scenarios, detail, assumed }: WhatIf): void {
  const [scenario] = scenarios
  if (!scenario) return
  const { kind } = scenario
  output.print(
    paint(
      'bold',
      `${nameOf(scenario)}: if ${kind === 'rack' ? `its brokers ${fatesOfSeveral[how]}` : `it ${fates[how]}`} now`
    )
  )
  const facts = factsOf(scenario)
  const width = Math.max(...facts.map(([what]) => what.length))
  for (const [what, says] of facts) output.print(`  ${what.padEnd(width)}  ${says}`)
  if (detail) printDetail(output, scenario, detail)
  output.print('')
  printRestart(output, scenario)
  tellAssumed(output, assumed)
}

function factsOf(scenario: WhatIfScenario): [what: string, says: string][] {
  const { seconds, leaders, offline, writesStop, groups, transactionCoordinators, leaderBytesPerSecond } = scenario
  if (!scenario.serves) return [['nothing changes', 'it does not serve now']]
  const facts: [what: string, says: string][] = []
  if (scenario.brokers.length === 0) facts.push(['noticed', band(seconds.detection)])
  else {
    const lead = leaders === 0 ? '0' : `${leaders}, after ${band(seconds.leaders)}${measuredText(scenario)}`
    const stale = scenario.unclean === 0 ? '' : `; ${scenario.unclean} not in sync: records are lost`
    facts.push(['new leaders', `${lead}${stale}`])
    facts.push(['offline', causes(offline)])
    facts.push(['writes stop', writesStop === null ? '?' : causes(writesStop)])
    if (leaders > 0) facts.push(['clients wait', band(seconds.clientGap)])
    facts.push(['writes where it follows wait', band(seconds.followed)])
    facts.push(['in sync again', `${band(seconds.isrFull)} after its return, or longer if it has much to copy`])
    facts.push(['groups move', groups === null ? '?' : String(groups)])
    if (transactionCoordinators > 0) {
      facts.push(['transaction coordinators', counted(transactionCoordinators, 'partition')])
    }
    if (leaderBytesPerSecond !== null) facts.push(['traffic that moves', `${bytes(leaderBytesPerSecond)}/s`])
  }
  const lost = scenario.quorum === 'lost' ? ': until it is back nobody elects leaders or registers brokers' : ''
  facts.push(['quorum', `${quorum(scenario)}${lost}`])
  return facts
}

/** What a drill last measured, beside the prediction. */
function measuredText({ measured }: WhatIfScenario): string {
  if (measured === undefined) return ''
  if (measured === null) return '; no drill has measured it'
  const { leadersSeconds, ageSeconds, sameConfiguration } = measured
  if (leadersSeconds === null) return '; not measured by the last drill'
  const which =
    sameConfiguration === null
      ? 'whether in this configuration is unknown'
      : sameConfiguration
        ? 'same configuration'
        : 'another configuration'
  return `; last measured ${leadersSeconds.toFixed(1)} s, ${span(ageSeconds)} ago, ${which}`
}

/** Whether it may be restarted, and why. */
export function printRestart(output: Output, scenario: WhatIfScenario): void {
  const { name, leaders, seconds } = scenario
  const { safe, reasons, notes } = scenario.restart
  const verdict = safe ? paint('green', 'yes') : paint('red', 'no')
  output.print(`restart ${plain(name)} now: ${verdict}`)
  for (const { message } of reasons) output.print(`  ${paint('red', plain(message))}`)
  for (const { message } of notes) output.print(`  ${paint('dim', plain(message))}`)
  const measured = measuredText(scenario)
  if (leaders > 0 && measured !== '') {
    output.print(paint('dim', `  its leaders move after ${band(seconds.leaders)}${measured}`))
  }
}

function printDetail(
  output: Output,
  scenario: WhatIfScenario,
  { moves, offline, writesStop, groups }: WhatIfDetail
): void {
  const section = (head: string[], rows: string[][], all: number, shown: number) => {
    if (rows.length === 0) return
    output.print(`\n${table(head, rows)}`)
    if (all > shown) output.print(paint('dim', `and ${all - shown} more: --limit`))
  }
  const byTarget = Map.groupBy(moves, ({ topic, from, to }) => `${topic} ${from} ${to}`)
  section(
    ['TOPIC', 'PARTITIONS', 'LED BY', 'NEW LEADER'],
    Array.from(byTarget.values(), (group) => [
      plain(group[0]?.topic ?? ''),
      ranges(group.map(({ partition }) => partition)),
      brokerName(group[0]?.from ?? -1),
      `${brokerName(group[0]?.to ?? -1)}${group[0]?.unclean ? paint('red', ', not in sync') : ''}`
    ]),
    scenario.leaders,
    moves.length
  )
  for (const [title, list, counts] of [
    ['ARE OFFLINE', offline, scenario.offline],
    ['REFUSE WRITES', writesStop, scenario.writesStop]
  ] as const) {
    const byCause = Map.groupBy(list, ({ topic, cause }) => `${topic} ${cause}`)
    section(
      [`TOPIC`, `PARTITIONS THAT ${title}`, 'BECAUSE'],
      Array.from(byCause.values(), (group) => [
        plain(group[0]?.topic ?? ''),
        ranges(group.map(({ partition }) => partition)),
        group[0] ? whys[group[0].cause] : ''
      ]),
      counts ? counts.degraded + counts.configuration + counts.singleReplica : list.length,
      list.length
    )
  }
  section(
    ['GROUP', 'COORDINATOR', 'NEXT'],
    groups?.map(({ group, from, to }) => [
      plain(group),
      brokerName(from),
      to === null ? paint('red', 'none') : brokerName(to)
    ]) ?? [],
    scenario.groups ?? 0,
    groups?.length ?? 0
  )
}

const whys: Record<keyof LossCounts, string> = {
  degraded: 'replicas are out of sync or down',
  configuration: 'replication factor and min.insync.replicas allow for no loss',
  singleReplica: 'one replica'
}

function causes(counts: LossCounts): string {
  const named = (Object.keys(whys) as (keyof LossCounts)[]).filter((cause) => counts[cause] > 0)
  if (named.length === 0) return '0'
  return named
    .map((cause) =>
      cause === 'degraded' ? paint('red', `${counts[cause]}, ${whys[cause]}`) : `${counts[cause]}, ${whys[cause]}`
    )
    .join('; ')
}

/** `3`; `3 + 5 always` where the configuration allows for no loss. */
function losses(counts: LossCounts | null): string {
  if (counts === null) return '?'
  const always = counts.configuration + counts.singleReplica
  const text = always === 0 ? String(counts.degraded) : `${counts.degraded} + ${always} always`
  return counts.degraded === 0 ? text : paint('red', text)
}

function nameOf({ kind, name }: WhatIfScenario): string {
  return kind === 'rack' ? `rack ${plain(name)}` : plain(name)
}

function quorum({ quorum }: WhatIfScenario): string {
  if (quorum === null) return '?'
  return quorum === 'kept' ? quorum : paint('red', quorum)
}

function restart({ serves, restart: { safe } }: WhatIfScenario): string {
  if (!serves) return paint('dim', 'yes, it is down')
  return safe ? paint('green', 'yes') : paint('red', 'no')
}

function band(seconds: SecondsBand | null): string {
  return seconds === null ? paint('red', 'never, without a quorum') : `${seconds.min}-${seconds.max} s`
}

function tellAssumed(output: Output, assumed: readonly string[]): void {
  if (assumed.length > 0)
    output.print(paint('dim', `assumed, because it could not be read: Kafka's default of ${assumed.join(', ')}`))
}
