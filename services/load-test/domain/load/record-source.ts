import type { Keys } from '#shared/contracts/load-records.ts'
import type { Partitioner } from '#shared/kafka/producing/port.ts'
import { createRandom, type Random } from '#shared/seeded-random.ts'
import { createAliasTable } from './alias-table.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'
import { createValuePool, type ValuePool } from './value-pool.ts'

/** A record to send. Source and pool own it and its buffers: copy what you need before the next call. */
export interface PooledRecord {
  /** Of its value in the pool. */
  index: number
  partition: number
  key: Buffer | null
  value: Buffer
  /** The headers as they stand in a record (magic 2): their number and, each with its length, names and values; null without any. */
  headers: Buffer | null
}

/** The records of one producer. */
export interface RecordSource {
  /**
   * Returns the same object each time, with the next record in it; never ends.
   * @param dueMs since the start of the run, for sources that stamp it
   * @param takenMs likewise: now
   */
  next(dueMs?: number, takenMs?: number): PooledRecord
  /** Mean size of a value in bytes, and number of different values: after so many records they repeat. */
  describe(): { meanBytes: number; pool: number }
}

/** The parts of a workload that records follow from. */
type RecordsOfWorkload = Pick<ResolvedWorkload, 'payload' | 'keys' | 'headers'> &
  Partial<Pick<ResolvedWorkload, 'records'>>

export interface RecordSourceOptions {
  partitions: number
  partitionFor: Partitioner
  /** Records without a key stay with a partition for so many bytes. */
  batchBytes: number
  /** The same seed makes the same records; give each producer another. */
  seed: number
  /** The time that log events bear. */
  timestampMs: number
}

/** Number of random keys, for payloads that bring none: each returns after so many records. */
const randomKeys = 8192
/** Bytes of a record that are neither key nor value, about. */
const framingBytes = 8

/**
 * Takes values from a pool in turn, and gives each a key as the workload says. Values and random keys are made here, which
 * takes up to 0.3 s; `next()` allocates nothing but the name of a numbered key when that is first chosen.
 */
export function createRecordSource(
  { payload, keys, headers, records }: RecordsOfWorkload,
  options: RecordSourceOptions
): RecordSource {
  const pool = createValuePool(payload, options.seed, options.timestampMs, records)
  const { values } = pool
  const [first] = values
  if (!first) throw new Error('the payload has no values')
  const record: PooledRecord = { index: 0, partition: 0, key: null, value: first, headers: encodeHeaders(headers) }
  const chooseKey = createKeyChooser(keys, pool, options)
  let at = -1
  return {
    next() {
      at = at + 1 === values.length ? 0 : at + 1
      record.index = at
      record.value = values[at] ?? first
      chooseKey(record)
      return record
    },
    describe: () => ({ meanBytes: pool.meanBytes, pool: values.length })
  }
}

/** Writes key and partition into a record that has its value. */
type KeyChooser = (record: PooledRecord) => void

function createKeyChooser(keys: Keys, pool: ValuePool, options: RecordSourceOptions): KeyChooser {
  const random = createRandom(~options.seed)
  switch (keys.kind) {
    case 'none':
      return stickyPartition(options, random)
    case 'distinct': {
      const names =
        pool.keys.length > 0 ? pool.keys : Array.from({ length: randomKeys }, () => hex(random) + hex(random))
      return inTurn(names, options)
    }
    case 'round-robin': {
      let last = Math.floor(random() * keys.count)
      return numberedKeys(keys.count, options, () => {
        last = last + 1 === keys.count ? 0 : last + 1
        return last
      })
    }
    case 'uniform':
      return numberedKeys(keys.count, options, () => Math.floor(random() * keys.count))
    case 'zipf': {
      const weights = Float64Array.from({ length: keys.count }, (_, index) => (index + 1) ** -keys.exponent)
      return numberedKeys(keys.count, options, createAliasTable(weights, random))
    }
  }
}

/** No key: a partition until its batch is full, then the next (KIP-480), so that batches are not one per partition and record. */
function stickyPartition({ partitions, batchBytes }: RecordSourceOptions, random: Random): KeyChooser {
  let partition = Math.floor(random() * partitions)
  let room = batchBytes
  return (record) => {
    if (room <= 0) {
      partition = partition + 1 === partitions ? 0 : partition + 1
      room = batchBytes
    }
    room -= record.value.length + framingBytes
    record.partition = partition
  }
}

function inTurn(names: string[], { partitions, partitionFor }: RecordSourceOptions): KeyChooser {
  const buffers = names.map((name) => Buffer.from(name))
  const placed = Int32Array.from(names, (name) => partitionFor(name, partitions))
  let at = -1
  return (record) => {
    at = at + 1 === buffers.length ? 0 : at + 1
    record.key = buffers[at] ?? null
    record.partition = placed[at] ?? 0
  }
}

/** Keys `key-0000` to as many as there are: one buffer has them all in turn, because a million buffers would take 100 MB. */
function numberedKeys(
  count: number,
  { partitions, partitionFor }: RecordSourceOptions,
  choose: () => number
): KeyChooser {
  const prefix = 'key-'
  const key = Buffer.from(prefix + '0'.repeat(String(count - 1).length))
  // A key's partition is computed when the key is first chosen: for a million keys that would take too long beforehand.
  const placed = new Int32Array(count).fill(-1)
  return (record) => {
    const chosen = choose()
    let rest = chosen
    for (let at = key.length - 1; at >= prefix.length; at -= 1) {
      const tenth = (rest / 10) | 0
      key[at] = 0x30 + rest - tenth * 10
      rest = tenth
    }
    let partition = placed[chosen] ?? -1
    if (partition < 0) {
      partition = partitionFor(key.toString(), partitions)
      placed[chosen] = partition
    }
    record.key = key
    record.partition = partition
  }
}

function hex(random: Random): string {
  return Math.floor(random() * 0x100000000)
    .toString(16)
    .padStart(8, '0')
}

/** The headers of a record (magic 2): their number, then each name and value after its length, numbers as zigzag varints. */
export function encodeHeaders(headers: { name: string; value: string | Buffer }[]): Buffer | null {
  if (headers.length === 0) return null
  const parts = headers.flatMap(({ name, value }) => [Buffer.from(name), Buffer.from(value)])
  return Buffer.concat([varint(headers.length), ...parts.flatMap((part) => [varint(part.length), part])])
}

/** Of a number that is not negative. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}
