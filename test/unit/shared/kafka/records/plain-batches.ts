import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressionsAlgorithms, crc32c } from '@platformatic/kafka'
import type { FetchedPartition } from '#shared/kafka/protocol/fetch.ts'
import { encodeBatch } from '#shared/kafka/records/encode-batch.ts'
import type { RecordToWrite } from '#shared/kafka/records/port.ts'

export const headerBytes = 61
const [outOfRange, notLeader] = [1, 6]

export const codecs: [name: string, codec: number, pack: (bytes: Buffer) => Buffer][] = [
  ['none', 0, (bytes) => bytes],
  ['gzip', 1, (bytes) => gzipSync(bytes, { level: 1 })],
  ['snappy', 2, (bytes) => Buffer.from(compressionsAlgorithms.snappy.compressSync(bytes))],
  ['lz4', 3, (bytes) => Buffer.from(compressionsAlgorithms.lz4.compressSync(bytes))],
  ['zstd', 4, (bytes) => zstdCompressSync(bytes)]
]

export function plainRecord(n: number, bytes = 20): RecordToWrite {
  return { key: Buffer.from(`k${n}`), value: Buffer.alloc(bytes, `v${n}`), headers: [['h', Buffer.from(`${n}`)]] }
}

/** A batch of plain records at an offset. */
export function plainBatch(baseOffset: number, count: number, codec = 0): Buffer {
  const plain = encodeBatch(
    Array.from({ length: count }, (_, n) => plainRecord(baseOffset + n)),
    1000
  )
  return sealed(plain.subarray(headerBytes), { baseOffset, count, codec })
}

export interface PlainLogs {
  /** By partition. */
  leaders: readonly (number | null)[]
  ends: readonly number[]
  firstOffset: number
  recordsPerBatch: number
  batch?: (baseOffset: number, count: number, codec: number) => Buffer
}

/** What a broker answers to a fetch of one partition: the batch that holds the offset, which may begin before it. */
export function fetchPlain(
  { leaders, ends, firstOffset, recordsPerBatch, batch = plainBatch }: PlainLogs,
  { broker, partition, offset }: { broker: number; partition: number; offset: number }
): FetchedPartition {
  const answer = { topic: 'x', partition, errorCode: 0, records: null, aborted: [] }
  if (leaders[partition] !== broker) return { ...answer, errorCode: notLeader }
  if (offset < firstOffset) return { ...answer, errorCode: outOfRange }
  const end = ends[partition] ?? 0
  if (offset >= end) return { ...answer, records: Buffer.alloc(0) }
  const base = offset - (offset % recordsPerBatch)
  return { ...answer, records: batch(base, Math.min(recordsPerBatch, end - base), 2) }
}

/** A batch around the bytes of its records, as they are; the header is true unless it is overridden. */
export function sealed(
  records: Buffer,
  { baseOffset, count, lastOffsetDelta = count - 1, codec = 0 }: SealOptions
): Buffer {
  const pack = codecs.find(([, number]) => number === codec)?.[2] ?? ((bytes: Buffer) => bytes)
  const batch = Buffer.concat([encodeBatch([], 1000), pack(records)])
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt16BE(codec, 21)
  batch.writeInt32BE(lastOffsetDelta, 23)
  batch.writeInt32BE(count, 57)
  return checked(batch)
}

interface SealOptions {
  baseOffset: number
  count: number
  lastOffsetDelta?: number
  codec?: number
}

/** With the checksum that its bytes have now. */
export function checked(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)) >>> 0, 17)
  return batch
}

/** A record of the smallest size. */
export function tinyRecord(offsetDelta: number): number[] {
  const offset = varint(offsetDelta)
  return [...varint(5 + offset.length), 0, 0, ...offset, 1, 1, 0]
}

/** As many records of the smallest size, one after the other. */
export function tinyRecords(count: number): Buffer {
  const bytes = Buffer.alloc(count * 12)
  let end = 0
  for (let offset = 0; offset < count; offset++) {
    const start = end
    end += 3
    for (let rest = offset * 2; ; rest >>>= 7) {
      bytes[end++] = rest < 0x80 ? rest : (rest & 0x7f) | 0x80
      if (rest < 0x80) break
    }
    bytes[end++] = 1
    bytes[end++] = 1
    bytes[end++] = 0
    // Zigzag: twice the length of all that follows.
    bytes[start] = (end - start - 1) * 2
  }
  return bytes.subarray(0, end)
}

/** Zigzag, as all numbers of records. */
export function varint(value: number): number[] {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  const bytes: number[] = []
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return [...bytes, rest]
}

/**
 * Calls `work` and returns its result with the longest processor time of this thread during which nothing else could run, in
 * milliseconds. What other processes take of the cores does not count.
 */
export async function withLongestBlock<T>(work: () => Promise<T>): Promise<{ result: T; blockedMs: number }> {
  let blockedMs = 0
  let seen = threadMs()
  const look = () => {
    blockedMs = Math.max(blockedMs, threadMs() - seen)
    seen = threadMs()
  }
  const looking = setInterval(look, 1)
  try {
    const result = await work()
    look()
    return { result, blockedMs }
  } finally {
    clearInterval(looking)
  }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
