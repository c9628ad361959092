import type { Payload } from '#shared/contracts/load-records.ts'
import { createRandom, type Random } from '#shared/seeded-random.ts'
import { createLogEventSource } from './log-events.ts'
import { spreadSizes } from './payload-size.ts'

/** Values that are made before the run, because making one takes longer than sending it. */
export interface ValuePool {
  values: Buffer[]
  /** The key that belongs to each value; empty if values bring none. */
  keys: string[]
  meanBytes: number
}

const mostValues = 8192
const mostBytes = 16 * 1024 * 1024
/** As measured; timestamps do not change it. */
const meanLogEventBytes = 561
/** Snappy's reference to up to 64 earlier bytes takes 3. */
const reference = { bytes: 3, covers: 64 }
const repeatedText =
  'Nothing is as compressible as a sentence that stands in every record, word for word, again and again. '

/**
 * Makes up to 8,192 values, fewer if they would take more than about 16 MiB; of `lines` all that there are. A batch is
 * much smaller than the pool, so that a compressor finds no value a second time in it.
 * @param timestampMs of every log event
 * @param records of the run, if it has a number: it needs no more log events, and 8,192 take a tenth of a second
 */
export function createValuePool(
  payload: Payload,
  seed: number,
  timestampMs: number,
  records: number | null = null
): ValuePool {
  switch (payload.kind) {
    case 'log-events': {
      const source = createLogEventSource(seed)
      const events = Array.from({ length: Math.min(mostValues, records ?? mostValues) }, () => source(timestampMs))
      const keys = events.map(({ key }) => key)
      return poolOf(
        events.map(({ value }) => Buffer.from(value)),
        keys
      )
    }
    case 'lines':
      return poolOf(payload.lines.map((line) => Buffer.from(line)))
    case 'random':
      return poolOf(randomValues(payload, createRandom(seed)))
  }
}

function poolOf(values: Buffer[], keys: string[] = []): ValuePool {
  return { values, keys, meanBytes: mean(values.map(({ length }) => length)) }
}

/** @returns bytes that the values of a payload have in the mean, without making them */
export function meanValueBytes(payload: Payload): number {
  switch (payload.kind) {
    case 'log-events':
      return meanLogEventBytes
    case 'lines':
      return mean(payload.lines.map((line) => Buffer.byteLength(line)))
    case 'random':
      return mean(spreadSizes(payload.size, mostValues))
  }
}

/** Noise, preceded by as much of a repeated text as lets snappy remove the share that the payload names. */
function randomValues(payload: Extract<Payload, { kind: 'random' }>, random: Random): Buffer[] {
  const count = Math.min(mostValues, Math.ceil(mostBytes / meanValueBytes(payload)))
  const sizes = shuffled(spreadSizes(payload.size, count), random)
  const words = new Uint32Array(Math.ceil(sizes.reduce((sum, bytes) => sum + bytes, 0) / 4))
  for (let word = 0; word < words.length; word += 1) words[word] = random() * 0x100000000
  const bytes = Buffer.from(words.buffer)
  let end = 0
  return sizes.map((size) => {
    const value = bytes.subarray(end, end + size)
    end += size
    const removed = size * payload.compressibility
    if (removed > 0) value.fill(repeatedText, 0, Math.min(size, textBytes(removed)))
    return value
  })
}

/** Length of a text of which so many bytes can be removed. */
function textBytes(removed: number): number {
  return Math.round((removed + reference.bytes) / (1 - reference.bytes / reference.covers))
}

function shuffled<T>(items: T[], random: Random): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const [a, b] = [items[last], items[other]]
    if (a === undefined || b === undefined) break
    items[last] = b
    items[other] = a
  }
  return items
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
