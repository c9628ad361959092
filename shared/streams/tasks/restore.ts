import { KopsError } from '../../errors/catalog.ts'
import type { TaskOptions } from './task.ts'

/** How long a restore may go without any progress. */
const stallMs = 15_000

/**
 * Gives a processor the state of its partition, as committed in the changelog. The state has the position that belongs to it; if it
 * has none, the group's commit counts, and then where the application is to start.
 * @returns the offset to go on from
 * @throws KopsError topic_not_ready if the changelog cannot be read whole
 */
export async function restore(options: TaskOptions, signal: AbortSignal): Promise<number> {
  const { partition, changelog, processor, reader, source, clock, onEvent } = options
  const startedAt = clock.monotonicMs()
  const ends = await reader.offsets(changelog, signal)
  const range = ends.find((each) => each.partition === partition)
  if (!range) throw new KopsError('topic_not_ready', `${changelog} has no partition ${partition}`)
  let records = 0
  let broken: string | undefined
  await reader.read(changelog, [range], {
    ...{ isolation: 'read_committed', stallMs, signal },
    onRecord(_partition, { bytes, keyStart, keyEnd, valueStart, valueEnd }) {
      if (keyEnd <= keyStart) return
      records += 1
      const value = valueEnd < valueStart ? null : bytes.subarray(valueStart, valueEnd)
      processor.restore(bytes.subarray(keyStart, keyEnd), value)
    },
    onUnreadable(_partition, { reason }) {
      broken ??= reason
    },
    onEnd({ failure }) {
      broken ??= failure
    }
  })
  // Going on with a part of the state would make wrong results.
  if (broken) throw new KopsError('topic_not_ready', `${changelog}-${partition} cannot be read: ${broken}`)
  const committed = await source.committed(partition, signal)
  const position = processor.position ?? committed ?? (await firstOffset(options, signal))
  if (processor.position === undefined && committed !== null) onEvent({ kind: 'stateless', committed })
  else if (committed !== null && committed !== position) onEvent({ kind: 'diverged', committed, position })
  onEvent({ kind: 'restored', position, records, ms: clock.monotonicMs() - startedAt })
  return position
}

async function firstOffset({ reader, topic, partition, startAt }: TaskOptions, signal: AbortSignal): Promise<number> {
  const ends = await reader.offsets(topic, signal)
  const own = ends.find((each) => each.partition === partition)
  if (!own) throw new KopsError('topic_not_ready', `${topic} has no partition ${partition}`)
  return startAt === 'earliest' ? own.from : own.to
}
