import type { LoadControl } from '#shared/contracts/load-control.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { milliseconds } from '#shared/reports/figures.ts'
import { counted } from '../output.ts'

/** Longer on its way than this, a record shows a stall. */
const stallMs = 1000
/** The clocks of two clients that start at different times, and seconds that are cut differently. */
const toleranceSeconds = 2

/** Counts what VerifiableProducer prints. */
export interface Witness {
  /** @param line one JSON document; others are ignored */
  add(line: string): void
  /**
   * @param startedAt when the run's first record was due, in ms since 1970
   * @param seconds those of the run
   */
  judge(startedAt: number, seconds: readonly LoadTestSecond[]): LoadControl
}

/**
 * VerifiableProducer reports no times of its own but that of each acknowledgement. It numbers its records, though, and makes
 * them due at a constant rate, also those that it could not send yet: so the time by which an acknowledgement is behind the
 * earliest one, less the time that its number had to wait, is how late it is.
 */
export function createWitness(perSecond: number): Witness {
  let [acknowledged, failed] = [0, 0]
  let last = Number.NEGATIVE_INFINITY
  const errors = new Map<string, number>()
  /** How many acknowledgements came so many ms after the start of the schedule that their number implies. */
  const offsets = new Map<number, number>()
  /** The largest offset by the second since 1970 in which the acknowledgement came; infinite where a record failed. */
  const worst = new Map<number, number>()

  function note(timestamp: number, offset: number): void {
    const second = Math.floor(timestamp / 1000)
    worst.set(second, Math.max(worst.get(second) ?? offset, offset))
  }

  function delays(): { start: number; delayMs: LoadControl['delayMs'] } {
    const ascending = Array.from(offsets).sort(([a], [b]) => a - b)
    const [earliest] = ascending
    if (!earliest) return { start: Number.POSITIVE_INFINITY, delayMs: null }
    const [start] = earliest
    const percentile = (share: number) => {
      let left = Math.ceil(share * acknowledged)
      for (const [offset, records] of ascending) {
        left -= records
        if (left <= 0) return offset - start
      }
      return 0
    }
    return { start, delayMs: { p50: percentile(0.5), p99: percentile(0.99), max: percentile(1) } }
  }

  return {
    add(line) {
      const event = parse(line)
      if (event === undefined) return
      const { name, timestamp, value, exception, message } = event
      if (name === 'producer_send_success') {
        acknowledged += 1
        last = Math.max(last, timestamp)
        const offset = Math.round(timestamp - (Number(value) * 1000) / perSecond)
        offsets.set(offset, (offsets.get(offset) ?? 0) + 1)
        note(timestamp, offset)
      }
      // What its own end interrupts is no failure.
      if (name === 'producer_send_error' && !/closed/i.test(message ?? '')) {
        failed += 1
        const code = exception?.split('.').at(-1) ?? 'unknown'
        errors.set(code, (errors.get(code) ?? 0) + 1)
        note(timestamp, Number.POSITIVE_INFINITY)
      }
    },
    judge(startedAt, seconds) {
      const { start, delayMs } = delays()
      const answers = Array.from(worst, ([second, offset]) => ({
        second: second - startedAt / 1000,
        lateMs: Number.isFinite(offset) ? offset - start : stallMs
      })).sort((a, b) => a.second - b.second)
      // Until it first keeps up, it starts.
      const caughtUp = answers.findIndex(({ lateMs }) => lateMs < stallMs)
      const watched = caughtUp < 0 ? [] : answers.slice(caughtUp)
      const java = stalledSeconds(watched)
      const kops = stalledSeconds(
        seconds.map(({ second, responseP99Ms, failed }) => ({
          second,
          lateMs: Math.max(responseP99Ms ?? 0, failed > 0 ? stallMs : 0)
        }))
      )
      const [from, to] = [watched[0]?.second ?? 0, watched.at(-1)?.second ?? 0]
      const meanwhile = kops.filter((second) => second >= from - 1 && second <= to + toleranceSeconds)
      const isShared = java.some((one) => kops.some((other) => Math.abs(one - other) <= toleranceSeconds))
      return {
        client: 'java',
        targetPerSecond: perSecond,
        acknowledged,
        failed,
        errors: Array.from(errors, ([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count),
        acknowledgedPerSecond: last > start ? acknowledged / ((last - start) / 1000) : null,
        delayMs,
        stalledSeconds: { java, kops },
        saw: sawOf(watched.length > 0, isShared, meanwhile.length > 0, java.length > 0)
      }
    }
  }
}

function sawOf(hasWitness: boolean, both: boolean, kops: boolean, java: boolean): LoadControl['saw'] {
  if (!hasWitness) return 'unknown'
  return both ? 'both' : kops ? 'kops' : java ? 'java' : 'nothing'
}

/** What the two witnesses mean, in a sentence. */
export function controlInWords({ saw, stalledSeconds: { java, kops } }: LoadControl): string {
  const during = (seconds: number[]) => `seconds ${seconds.join(', ')}`
  switch (saw) {
    case 'unknown':
      return 'Java’s producer never kept up with its rate, so there is nothing to compare with'
    case 'nothing':
      return 'neither the load test nor Java’s producer saw the cluster stall while both wrote'
    case 'both':
      return `both saw the cluster stall: the load test in ${during(kops)}, Java’s producer in ${during(java)}`
    case 'kops':
      return `the load test stalled in ${during(kops)}, when Java’s producer did not: look at its client and its machine, not at the cluster`
    case 'java':
      return `Java’s producer stalled in ${during(java)}, when the load test did not`
  }
}

/** What `kops load run --control java` prints of it, by name. */
export function controlFacts(control: LoadControl): [name: string, text: string][] {
  const { acknowledged, failed, errors, delayMs } = control
  const codes = errors.map(({ code, count }) => `${code} ${count}`).join(', ')
  const late = delayMs === null ? '' : `, p99 ${milliseconds(delayMs.p99)} ms, max ${milliseconds(delayMs.max)} ms`
  const ofFailed = failed === 0 ? 'none failed' : `${failed} failed: ${codes}`
  return [
    ['Java', `${counted(acknowledged, 'record')} acknowledged, ${ofFailed}${late}`],
    ['Compared', controlInWords(control)]
  ]
}

/** The whole seconds from 0 in which a record was late: from when it was due to the end of the second of its answer. */
function stalledSeconds(answers: readonly { second: number; lateMs: number }[]): number[] {
  const stalled = new Set<number>()
  for (const { second, lateMs } of answers) {
    if (lateMs < stallMs) continue
    const from = Math.floor(second + 1 - lateMs / 1000)
    for (let at = Math.max(0, from); at <= second; at += 1) stalled.add(at)
  }
  return Array.from(stalled).sort((a, b) => a - b)
}

interface WitnessEvent {
  name: string
  timestamp: number
  value?: string
  exception?: string
  message?: string
}

function parse(line: string): WitnessEvent | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const event = JSON.parse(line)
    return typeof event?.name === 'string' && typeof event.timestamp === 'number' ? event : undefined
  } catch {
    return undefined
  }
}
