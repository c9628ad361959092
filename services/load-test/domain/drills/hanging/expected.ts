import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { SecondsBand } from '#shared/contracts/what-if.ts'
import type { BrokerSettings } from '#shared/prediction/timings.ts'
import type { FaultOf, StageFault } from '../fault-sources.ts'

/** Settings of brokers that decide when a coordinator ends an open transaction, with Kafka's defaults. */
export const coordinatorSettings = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 10_000,
  'transaction.max.timeout.ms': 900_000
} as const
type Setting = keyof typeof coordinatorSettings
export const coordinatorSettingNames = Object.keys(coordinatorSettings) as Setting[]

/** The end of a transaction, its markers in each partition, and a look at them. */
const endS = 2
/** A producer that is late by no more than this still ends its transaction. */
const slackMs = 10_000

/** The transactional id of the transaction that a drill leaves open. */
export function hangingId(drill: string): string {
  return `kops-drill-${drill}-hanging`
}

/**
 * The fault that a request asks for, with every default filled in. Unless its timeout is given, the coordinator ends the transaction
 * soon after the drill would have: whoever dies, readers go on.
 */
export function delayedEnd({ transaction = {} }: StartDrill, holdMs: number): FaultOf<'transaction'> {
  const { end = 'commit', timeoutMs = holdMs + slackMs } = transaction
  return { by: 'transaction', kind: 'delay-end', end, timeoutMs }
}

/** The transaction of a drill's stages; undefined if they leave none open. */
export function hangingOf(stages: readonly { faults: readonly StageFault[]; holdMs: number }[]) {
  for (const { faults, holdMs } of stages) {
    const fault = faults.find((each) => each.by === 'transaction')
    if (fault) return { ...fault, holdMs }
  }
  return undefined
}

export interface ExpectedWaitInput {
  timeoutMs: number
  holdMs: number
  settings: BrokerSettings
}

/**
 * How long read_committed readers wait behind the transaction: until its producer asks for its end, or until its coordinator finds
 * that its timeout is over, for which it looks every transaction.abort.timed.out.transaction.cleanup.interval.ms.
 * @returns assumed: settings that no broker reports, so that Kafka's defaults stand in for them
 */
export function expectedWait({ timeoutMs, holdMs, settings }: ExpectedWaitInput): {
  band: SecondsBand
  assumed: string[]
} {
  const name = 'transaction.abort.timed.out.transaction.cleanup.interval.ms'
  const known = settingOf(name, settings, Math.max)
  const latestMs = Math.min(holdMs, timeoutMs + (known ?? coordinatorSettings[name]))
  return {
    band: { min: rounded(Math.min(holdMs, timeoutMs) / 1000), max: rounded(latestMs / 1000 + endS) },
    assumed: known === undefined && timeoutMs < holdMs ? [name] : []
  }
}

/** What every broker allows for the timeout of a transaction, in milliseconds. */
export function longestTimeoutMs(settings: BrokerSettings): number {
  const name = 'transaction.max.timeout.ms'
  return settingOf(name, settings, Math.min) ?? coordinatorSettings[name]
}

/** The setting over all brokers that report it; undefined if none does. */
function settingOf(
  name: Setting,
  settings: BrokerSettings,
  choose: (...values: number[]) => number
): number | undefined {
  const values = Array.from(settings.values(), (ofBroker) => Number(ofBroker.get(name) ?? Number.NaN))
  const known = values.filter((value) => value > 0)
  return known.length === 0 ? undefined : choose(...known)
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
