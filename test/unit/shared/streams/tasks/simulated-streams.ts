import type { Clock } from '#shared/clock.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { PartitionSource, PartitionSourceEvents } from '#shared/kafka/consuming/port.ts'
import type { OutputRecord, TransactionWriter } from '#shared/kafka/producing/port.ts'
import type { RangeReader } from '#shared/kafka/verifying/port.ts'
import { deliveryOf } from '../../../apps/analytics/deliveries.ts'

export const names = { input: 'input', output: 'output', changelog: 'changelog', group: 'kops-a' }

/** What becomes of a transaction whose writer has every right to it. */
export type Fate = 'commit' | 'abort' | 'commit without an answer' | 'abort without an answer' | 'hang'

export interface SimulationOptions {
  clock: Clock
  partitions: number
  fate?: () => Fate
}

/**
 * A cluster as far as tasks know it: a topic to read, what is committed, epochs of transactional ids that fence each other, and a
 * group whose generations do (KIP-447).
 */
export function simulatedStreams({ clock, partitions, fate = () => 'commit' }: SimulationOptions) {
  const input = Array.from({ length: partitions }, (): string[] => [])
  const committed: OutputRecord[] = []
  const offsets = new Map<number, number>()
  const epochs = new Map<number, number>()
  const counts = new Map([names.input, names.output, names.changelog].map((topic) => [topic, partitions]))
  const members = new Map<string, PartitionSourceEvents>()
  const generations = new Map<string, number>()
  const log: string[] = []
  let generation = 0

  function refused(kafkaError: string): KopsError {
    return new KopsError('kafka_refused', kafkaError, { kafkaError })
  }

  function writer(partition: number): TransactionWriter {
    let own = -1
    return {
      async open() {
        await clock.sleep(3)
        own = (epochs.get(partition) ?? -1) + 1
        epochs.set(partition, own)
        return counts
      },
      async commit(records, { offset, memberId, generation: ofMember }) {
        const rights = () => {
          if (own !== epochs.get(partition)) throw refused('PRODUCER_FENCED')
          if (generations.get(memberId) !== ofMember || ofMember !== generation) throw refused('ILLEGAL_GENERATION')
        }
        const write = () => {
          committed.push(...records)
          offsets.set(partition, offset)
        }
        await clock.sleep(5)
        rights()
        const becomes = fate()
        await clock.sleep(becomes === 'hang' ? 5000 : 5)
        // Between the last record and the end of a transaction there is time to be fenced.
        if (own !== epochs.get(partition)) throw refused('PRODUCER_FENCED')
        if (becomes === 'abort') throw new KopsError('not_enough_replicas', 'aborted')
        if (becomes !== 'abort without an answer') write()
        if (becomes !== 'commit') throw new KopsError('coordinator_unavailable', 'no answer')
      },
      async close() {
        own = -2
      }
    }
  }

  const reader: Pick<RangeReader, 'offsets' | 'read'> = {
    async offsets(topic) {
      await clock.sleep(1)
      const all = topic === names.input ? input : input.map((_, partition) => changesOf(partition))
      return all.map((records, partition) => ({ partition, from: 0, to: records.length }))
    },
    async read(_topic, ranges, { onRecord, onEnd }) {
      for (const range of ranges) {
        await clock.sleep(2)
        for (const [offset, { key, value }] of changesOf(range.partition).slice(0, range.to).entries()) {
          const bytes = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)])
          const keyEnd = key?.length ?? -1
          onRecord(range.partition, {
            ...{ offset, bytes, start: 0, keyStart: 0, keyEnd, valueStart: keyEnd },
            ...{ valueEnd: value ? bytes.length : -1, headersStart: 0, headersEnd: 0 }
          })
        }
        onEnd({ ...range, readUpTo: range.to, gone: [] })
      }
    }
  }
  const changesOf = (partition: number) =>
    committed.filter((record) => record.topic === names.changelog && record.partition === partition)

  function source(id: string, chunk = 7): PartitionSource {
    const positions = new Map<number, number>()
    return {
      get membership() {
        const own = generations.get(id)
        return own === undefined ? undefined : { memberId: id, generation: own }
      },
      async run(events, signal) {
        members.set(id, events)
        while (!signal.aborted) {
          await clock.sleep(2)
          for (const [partition, position] of positions) {
            const values = input[partition]?.slice(position, position + chunk) ?? []
            if (values.length === 0 || !events.wants(partition)) continue
            positions.set(partition, position + values.length)
            const records = values.map((value, nth) => ({ offset: position + nth, value }))
            events.onDelivery(deliveryOf(partition, records))
          }
          if (generations.get(id) === generation && clock.monotonicMs() % 10 < 2) events.onConfirmed()
        }
        members.delete(id)
        generations.delete(id)
      },
      seek: (partition, offset) => void positions.set(partition, offset),
      stop: (partition) => void positions.delete(partition),
      async committed(partition) {
        return offsets.get(partition) ?? null
      },
      close() {}
    }
  }

  return {
    ...{ input, committed, offsets, writer, reader, source, counts, log },
    /** Shares the partitions out among these members. Others that are there do not learn of it: their generation has passed. */
    async rebalance(ids: readonly string[]): Promise<void> {
      await Promise.all(ids.map((id) => (generations.has(id) ? members.get(id)?.onRebalance() : undefined)))
      generation += 1
      for (const [nth, id] of ids.entries()) {
        generations.set(id, generation)
        const own = input.flatMap((_, partition) => (partition % ids.length === nth ? [partition] : []))
        members.get(id)?.onAssigned(own)
      }
    },
    /** A member learns that the group has put it out. */
    putOut(id: string): void {
      generations.delete(id)
      members.get(id)?.onAssigned([])
    }
  }
}
