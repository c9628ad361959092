import type { ProbeBroker, ProbeReading } from '#shared/contracts/probe.ts'
import { milliseconds } from '#shared/reports/figures.ts'
import { check, error, type Judgement, problemsOr, unknown, warning } from '../check.ts'

/** A probe that decided nothing for so many of its intervals shows the past. */
const staleIntervals = 6

/** Whether a client can connect, write and read. */
export const connectionChecks = [
  check('connection.brokers', ['brokers'], ({ brokers }) => {
    const advice = 'kops cluster status; a firewall, a wrong address or other certificates keep clients away'
    return problemsOr(
      brokers
        .filter(({ answers }) => !answers)
        .map(({ address }) => error(`${address} does not answer a client on this machine`, advice)),
      `${brokers.map(({ address }) => address).join(', ')}: answer a client on this machine`
    )
  }),

  check('connection.records', ['probe'], ({ probe }) => {
    if (!probe.enabled) {
      return unknown(
        'the probe is off: nothing writes records and reads them back',
        'KOPS_PROBE_INTERVAL_MS=5000 for health-service; by hand: kops messages produce, kops messages read'
      )
    }
    if (probe.brokers.length === 0) return unknown('the probe knows no broker yet', 'Try again in some seconds')
    return problemsOr(
      probe.brokers.flatMap((broker) => judgeProbe(broker, probe)),
      `a record to each broker was read back: ${probe.brokers.map(({ broker, lastLatencyMs }) => `${broker} ${milliseconds(lastLatencyMs)} ms`).join(', ')}`
    )
  })
]

function judgeProbe(broker: ProbeBroker, { intervalMs, asOf }: ProbeReading): Judgement[] {
  const { broker: name, up, leader, lastError, lost, asOf: decidedAt } = broker
  const advice = 'docs/runbooks/kafka-probe-down.md'
  if (up === null || decidedAt === null) return [unknown(`${name} was not probed yet`, 'Try again in some seconds')]
  if (!up && leader !== null && leader !== name) {
    return [
      warning(
        `${leader} leads the partition of the probe that is for ${name}`,
        `kops brokers elect-leaders, once ${name} is in sync`
      )
    ]
  }
  if (!up) {
    const why = lastError === null ? 'it is overdue' : `${lastError.message} (${lastError.code})`
    return [error(`a record to ${name} was not written and read back: ${why}`, advice)]
  }
  const silentMs = Date.parse(asOf) - Date.parse(decidedAt)
  if (silentMs > staleIntervals * intervalMs) {
    return [unknown(`the last record to ${name} was read back ${Math.round(silentMs / 1000)} s ago`, advice)]
  }
  return lost > 0
    ? [
        warning(
          `${lost} acknowledged records to ${name} were not readable in time`,
          'docs/runbooks/kafka-probe-records-lost.md'
        )
      ]
    : []
}
