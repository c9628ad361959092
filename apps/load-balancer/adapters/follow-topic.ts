import type { Clock } from '#shared/clock.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { type ForwardStart, type LogRecord, nextPositions, type RecordReader } from '#shared/kafka/records/port.ts'

export interface FollowOptions {
  reader: Pick<RecordReader, 'readForward'>
  topic: string
  start: ForwardStart
  /** @param isOld it was in the topic before the following began */
  onRecord: (record: LogRecord, isOld: boolean) => void
  /** Hears of each problem once, until there is another one or none. */
  onProblem: (message: string) => void
  signal: AbortSignal
  clock: Pick<Clock, 'sleep'>
}

const pauseMs = 400
const deadlineMs = 10_000
const bytes = 16 * 1024 * 1024

/**
 * Follows a topic without a group, so that each process that does so gets every record. Resolves once it has read what was there, to
 * what resolves when the signal has aborted.
 * @throws KopsError topic_not_found, cluster_unreachable, kafka_not_authorized at the start; later they are problems
 */
export async function followTopic(options: FollowOptions): Promise<{ ended: Promise<void> }> {
  const { reader, topic, start, signal, clock } = options
  let problem = ''
  let atStart: Set<number> | undefined
  let positions: Map<number, number> | undefined

  function note(message: string): void {
    if (message !== '' && message !== problem) options.onProblem(message)
    problem = message
  }

  /** @returns whether there is more */
  async function look(isOld: boolean): Promise<boolean> {
    const from: ForwardStart = positions === undefined ? start : { at: 'positions', positions }
    const bounds = { isolation: 'read_committed', bytes, deadlineMs, signal } as const
    const { partitions, cutBy, warnings } = await reader.readForward(topic, { ...bounds, start: from }, (record) => {
      options.onRecord(record, isOld)
      return true
    })
    atStart ??= new Set(start.at === 'latest' ? partitions.map(({ partition }) => partition) : [])
    positions = new Map([...(positions ?? []), ...nextPositions(partitions, atStart)])
    note(warnings.map(({ message }) => message).join('; '))
    return cutBy !== null
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await look(false)) continue
      } catch (error) {
        if (!signal.aborted) note(isKopsError(error) ? error.message : String(error))
      }
      await clock.sleep(pauseMs, signal).catch(() => undefined)
    }
  }

  while (await look(true));
  return { ended: follow() }
}
