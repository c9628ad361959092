import { createHmac, timingSafeEqual } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { SecondReport, SecondTransactions } from '../../domain/load/engine-port.ts'
import type { LatencyCounts } from '../../domain/load/latencies.ts'

/** Messages between load-test-service and its workers, as text: who does not know the secret can make none. */
export interface Seal<T> {
  seal(message: T): string
  /** undefined: it was not sealed with this secret, or for another purpose. */
  open(text: string): T | undefined
}

/** Longer messages are not opened: a batch of Kafka's has at most 1 MB by default, and JSON shrinks to a tenth. */
const mostBytes = 33_554_432
const macBytes = 32

/** @param purpose a message that was sealed for one purpose does not open for another */
export function createSeal<T extends object>(secret: () => string, purpose: string): Seal<T> {
  const macOf = (body: Buffer) => createHmac('sha256', secret()).update(`${purpose}\n`).update(body).digest()
  return {
    seal(message) {
      const body = deflateRawSync(JSON.stringify(message, replacer), { level: 1 })
      return Buffer.concat([macOf(body), body]).toString('base64')
    },
    open(text) {
      const bytes = Buffer.from(text, 'base64')
      if (bytes.length <= macBytes) return undefined
      const body = bytes.subarray(macBytes)
      if (!timingSafeEqual(bytes.subarray(0, macBytes), macOf(body))) return undefined
      try {
        return JSON.parse(inflateRawSync(body, { maxOutputLength: mostBytes }).toString(), reviver)
      } catch {
        // Of another version that has the secret, too.
        return undefined
      }
    }
  }
}

/** Microseconds: a histogram as the differences between its buckets, each followed by its count. */
interface PackedCounts {
  us: number[]
  min: number | null
  max: number
  sum: number
}

const histograms: ReadonlySet<string> = new Set([
  ...(['response', 'service', 'scheduleLag'] satisfies (keyof SecondReport)[]),
  'commit' satisfies keyof SecondTransactions
])

function replacer(key: string, value: unknown): unknown {
  if (key === 'batchTimes') return (value as SecondReport['batchTimes']).map((ms) => Math.round(ms * 1000) / 1000)
  return histograms.has(key) ? pack(value as LatencyCounts) : value
}

function reviver(key: string, value: unknown): unknown {
  return histograms.has(key) ? unpack(value as PackedCounts) : value
}

/** A value is a whole number of microseconds: see latencies.ts. */
function pack({ values, counts, min, max, sum }: LatencyCounts): PackedCounts {
  let last = 0
  const us = Array.from(values).flatMap((value, nth) => {
    const micros = Math.round(value * 1000)
    const step = micros - last
    last = micros
    return [step, counts[nth] ?? 0]
  })
  return { us, min: Number.isFinite(min) ? min : null, max, sum }
}

function unpack({ us, min, max, sum }: PackedCounts): LatencyCounts {
  const values = new Float64Array(us.length / 2)
  const counts = new Uint32Array(us.length / 2)
  let micros = 0
  for (let nth = 0; nth < values.length; nth += 1) {
    micros += us[nth * 2] ?? 0
    values[nth] = micros / 1000
    counts[nth] = us[nth * 2 + 1] ?? 0
  }
  return { values, counts, min: min ?? Number.POSITIVE_INFINITY, max, sum }
}
