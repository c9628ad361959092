import type { BrokerLink } from '../connection/link.ts'
import { placeKey, type TopicMetadata } from '../model.ts'
import { type FetchedPartition, fetchRecords } from '../protocol/fetch.ts'
import type { RecordPlace, RecordTime } from './port.ts'
import { decodeBatches } from './record-batches.ts'

/** Producers send 16 KiB batches by default: larger ones are fetched separately. */
const partitionBytes = 16 * 1024
const requestBytes = 1024 * 1024
/** Number of partitions per request: each may answer with its full limit of bytes. */
const placesPerRequest = requestBytes / partitionBytes
/** Larger batches cost a request each, of up to a broker's message.max.bytes: maximum number per call and broker. */
const largeBatches = 16

/** A record to be dated, at the leader of its partition. */
export interface LedRecord extends RecordPlace {
  leaderEpoch: number | null
}

/** Records by their partition's leader; leaves out those of partitions that are gone or have no leader. */
export function recordsByLeader(
  places: readonly RecordPlace[],
  topics: readonly TopicMetadata[]
): Map<number, LedRecord[]> {
  const byName = new Map(topics.map((topic) => [topic.name, topic]))
  const led = new Map<number, LedRecord[]>()
  for (const place of places) {
    const found = byName.get(place.topic)?.partitions.find(({ partition }) => partition === place.partition)
    if (found === undefined || found.leader === null) continue
    const ofLeader = led.get(found.leader) ?? []
    ofLeader.push({ ...place, leaderEpoch: found.leaderEpoch })
    led.set(found.leader, ofLeader)
  }
  return led
}

/**
 * Timestamps of records that one broker leads: fetches the batch of each, many partitions and at most 1 MiB per
 * request, one request after the other. Leaves out what the broker refuses, and what does not arrive in time.
 */
export async function readRecordTimes(
  link: BrokerLink,
  records: readonly LedRecord[],
  signal: AbortSignal
): Promise<RecordTime[]> {
  const times: RecordTime[] = []
  const large: LedRecord[] = []
  for (const asked of inRequests(records)) {
    const answers = await fetchEach(link, asked, partitionBytes, signal)
    for (const [index, found] of answers.entries()) {
      const record = asked[index]
      if (record === undefined || found === undefined) continue
      if (found === 'large') large.push(record)
      else times.push(found)
    }
  }
  for (const record of large.slice(0, largeBatches)) {
    // A broker sends the first batch of the first partition completely, however few bytes are requested (KIP-74).
    const [found] = await fetchEach(link, [record], 1, signal)
    if (found !== undefined && found !== 'large') times.push(found)
  }
  return times
}

/** A request contains each partition once: several records of one partition go into several requests. */
function inRequests(records: readonly LedRecord[]): LedRecord[][] {
  const requests: { places: Set<string>; records: LedRecord[] }[] = []
  for (const record of records) {
    const place = placeKey(record.topic, record.partition)
    let request = requests.find(({ places, records }) => records.length < placesPerRequest && !places.has(place))
    if (request === undefined) {
      request = { places: new Set(), records: [] }
      requests.push(request)
    }
    request.places.add(place)
    request.records.push(record)
  }
  return requests.map(({ records }) => records)
}

/** In the requested order; undefined without a result, 'large' if the batch is larger than `maxBytes`. */
async function fetchEach(
  link: BrokerLink,
  records: readonly LedRecord[],
  maxBytes: number,
  signal: AbortSignal
): Promise<(RecordTime | 'large' | undefined)[]> {
  const topics = Array.from(
    Map.groupBy(records, ({ topic }) => topic),
    ([topic, ofTopic]) => ({ topic, partitions: ofTopic.map((record) => ({ ...record, maxBytes })) })
  )
  const atOnce = { maxWaitMs: 0, minBytes: 0 }
  const answers = await fetchRecords(link, { topics, ...atOnce, maxBytes: requestBytes }, signal)
  const byPlace = new Map(answers.map((answer) => [placeKey(answer.topic, answer.partition), answer]))
  const found: (RecordTime | 'large' | undefined)[] = []
  // One after the other: each may unpack a large batch.
  for (const record of records) found.push(await timeIn(record, byPlace.get(placeKey(record.topic, record.partition))))
  return found
}

async function timeIn(
  record: LedRecord,
  answer: FetchedPartition | undefined
): Promise<RecordTime | 'large' | undefined> {
  if (answer === undefined || answer.errorCode !== 0) return undefined
  if (answer.records === null || answer.records.length === 0) return 'large'
  const timestampMs = await timestampAt(record, answer.records)
  return timestampMs === undefined ? 'large' : { ...placeOf(record), timestampMs }
}

function placeOf({ topic, partition, offset }: RecordPlace): RecordPlace {
  return { topic, partition, offset }
}

const headerBytes = 61
const logAppendTime = 0x08
const control = 0x20

/**
 * The timestamp of the first record at or after an offset, in batches as stored in the log; null if it has none,
 * undefined if no complete batch contains it. Does not decompress a batch whose records all have the same timestamp.
 */
export async function timestampAt(
  { partition, offset }: RecordPlace,
  batches: Buffer
): Promise<number | null | undefined> {
  const uniform = uniformTimestamp(offset, batches)
  if (uniform !== undefined) return orNull(uniform)
  const span = { partition, from: offset, to: Number.MAX_SAFE_INTEGER }
  for await (const { records } of decodeBatches(span, batches)) {
    for (const record of records.between(offset, span.to, 'ascending')) {
      if (record.unreadable === undefined) return orNull(record.timestampMs)
    }
  }
  return undefined
}

/** The protocol uses -1 for a record without a timestamp. */
function orNull(timestampMs: number): number | null {
  return timestampMs < 0 ? null : timestampMs
}

/** The timestamp of the first batch, if its header suffices; the batch may then be incomplete. */
function uniformTimestamp(offset: number, batches: Buffer): number | undefined {
  if (batches.length < headerBytes || batches.readInt8(16) !== 2) return undefined
  const attributes = batches.readInt16BE(21)
  const lastOffset = Number(batches.readBigInt64BE(0)) + batches.readInt32BE(23)
  if (lastOffset < offset || (attributes & control) !== 0) return undefined
  const [first, last] = [Number(batches.readBigInt64BE(27)), Number(batches.readBigInt64BE(35))]
  return first === last || (attributes & logAppendTime) !== 0 ? last : undefined
}
