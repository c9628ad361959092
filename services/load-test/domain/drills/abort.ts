import type { Clock } from '#shared/clock.ts'
import type { AbortWhen } from '#shared/contracts/drill-request.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { Condition } from '#shared/gamedays/step-words.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { type ConditionParts, type ConditionReading, readCondition } from '../gamedays/conditions.ts'
import type { TimedOutcome } from './records/outcomes.ts'

export interface AbortParts {
  clock: Clock
  reader: Pick<ClusterReader, 'metadata'>
  /** Reads conditions from Prometheus; undefined: none is configured. */
  conditions?: ConditionParts | undefined
}

export interface AbortWatch {
  /** Aborted, with the reason, when a condition holds. */
  readonly signal: AbortSignal
  stop(): Promise<void>
}

export interface AbortWatchOptions extends AbortParts {
  when: AbortWhen
  outcomes: readonly Pick<TimedOutcome, 'status' | 'endedAtMs'>[]
  /** Called once for each condition that cannot be read. */
  onUnreadable: (detail: string) => void
}

type Look = (signal: AbortSignal) => Promise<ConditionReading>

const everyMs = 1000
const deadlineMs = 900
/** Of the writers' answers. */
const windowMs = 5000
/** The status of a health-service that has stopped says nothing. */
const freshMs = 60_000

/** @throws KopsError prometheus_not_configured if a condition needs one */
export function assertReadable({ promql, health }: AbortWhen, conditions: ConditionParts | undefined): void {
  if (conditions?.prometheus) return
  const field = promql !== undefined ? 'abortWhen.promql' : health !== undefined ? 'abortWhen.health' : undefined
  if (field) throw fieldError('prometheus_not_configured', field, 'needs KOPS_PROMETHEUS_URL')
}

/** Looks at each condition every second, until one holds or it is stopped. One that cannot be read does not hold. */
export function watchAborts(options: AbortWatchOptions): AbortWatch {
  const { clock, onUnreadable } = options
  const aborting = new AbortController()
  const stopping = new AbortController()

  async function watch(name: string, look: Look): Promise<void> {
    let isTold = false
    while (!stopping.signal.aborted && !aborting.signal.aborted) {
      const { holds, reading } = await look(stopping.signal).catch(
        (): ConditionReading => ({ holds: null, reading: 'it could not be read' })
      )
      if (stopping.signal.aborted) return
      if (holds) {
        aborting.abort(new KopsError('drill_unsafe', `Aborted by ${name}: ${reading}`))
        return
      }
      if (holds === null && !isTold) onUnreadable(`${name}: ${reading}`)
      isTold ||= holds === null
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined)
    }
  }

  const looking = Promise.all(Array.from(looksOf(options), ([name, look]) => watch(name, look)))
  return {
    signal: aborting.signal,
    async stop() {
      stopping.abort()
      await looking
    }
  }
}

function looksOf({ when, clock, reader, outcomes, conditions }: AbortWatchOptions): Map<string, Look> {
  const { offlinePartitions, failedShare, promql, health } = when
  const looks = new Map<string, Look>()
  if (offlinePartitions !== undefined) {
    looks.set('offlinePartitions', async (signal) => {
      const { value } = await reader.metadata({ deadlineMs, signal })
      const offline = value.topics.reduce(
        (sum, { partitions }) => sum + partitions.filter(({ leader }) => leader === null).length,
        0
      )
      return { holds: offline > offlinePartitions, reading: `${offline} partition(s) have no leader` }
    })
  }
  if (failedShare !== undefined) {
    looks.set('failedShare', async () => {
      const share = shareFailed(outcomes, clock.monotonicMs() - windowMs)
      if (share === undefined) return { holds: false, reading: 'no answer in the last 5 s' }
      return { holds: share > failedShare, reading: `${Math.round(share * 100)} % of the last 5 s were refused` }
    })
  }
  if (promql !== undefined) looks.set('promql', (signal) => read({ kind: 'promql', query: promql }, signal))
  if (health !== undefined) {
    looks.set('health', async (signal) => {
      const worst = await read({ kind: 'health', status: 'DOWN' }, signal)
      return worst.holds === false && health === 'DEGRADED' ? read({ kind: 'health', status: health }, signal) : worst
    })
  }
  return looks

  function read(condition: Condition, signal: AbortSignal): Promise<ConditionReading> {
    if (!conditions) return Promise.resolve({ holds: null, reading: 'no Prometheus is configured' })
    return readCondition(condition, conditions, { since: new Date(clock.now().getTime() - freshMs), signal })
  }
}

/** Of the records whose outcome came after a moment; undefined if there are none. */
export function shareFailed(outcomes: AbortWatchOptions['outcomes'], fromMs: number): number | undefined {
  let [failed, all] = [0, 0]
  // The newest are last, and only these count.
  for (let at = outcomes.length - 1; at >= 0; at -= 1) {
    const outcome = outcomes[at]
    if (!outcome || outcome.endedAtMs < fromMs) break
    all += 1
    if (outcome.status === 'failed') failed += 1
  }
  return all === 0 ? undefined : failed / all
}
