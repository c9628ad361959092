import { encodeHeaders, type RecordSource } from './record-source.ts'

/**
 * Who wrote a record, as its header `kops` says: run (4 bytes), producer (1), index of its value (2), sequence (6); of a timed one
 * also when it was due, in microseconds of the machine's clock (6), and how much later the producer took it (4).
 */
const stampName = 'kops'
const stampBytes = 13
const timesBytes = 10
const low = 2 ** 32
/** Beyond this, 71 minutes, a delay says only that it was long. */
const mostLagMicros = low - 1

export interface StampOptions {
  /** Of the run; 32 bits. */
  run: number
  /** The other headers of every record. */
  headers: { name: string; value: string }[]
  /** Stamps have times. */
  timed?: boolean
}

/** A source whose records have stamps. */
export interface StampedSource extends RecordSource {
  /** Before the first record of timed ones: the start of the run, in milliseconds of the machine's clock. */
  startAt(machineMs: number): void
}

/**
 * Gives each record of a source its stamp. One buffer has the headers of all, of which only sequence and value change, because
 * the producer copies a record at once.
 */
export function stampRecords(
  source: RecordSource,
  { producer, partitions, ...options }: StampOptions & { producer: number; partitions: number }
): StampedSource {
  const { headers, at } = template(options)
  headers.writeUInt8(producer, at + 4)
  let startedAt = 0
  const sequences = new Float64Array(partitions)
  return {
    startAt(machineMs) {
      startedAt = machineMs
    },
    next(dueMs = 0, takenMs = 0) {
      const record = source.next()
      const sequence = sequences[record.partition] ?? 0
      sequences[record.partition] = sequence + 1
      headers.writeUInt16BE(record.index, at + 5)
      headers.writeUInt16BE(Math.floor(sequence / low), at + 7)
      headers.writeUInt32BE(sequence >>> 0, at + 9)
      if (options.timed) {
        headers.writeUIntBE(Math.round((startedAt + dueMs) * 1000), at + stampBytes, 6)
        const lagMicros = Math.round((takenMs - dueMs) * 1000)
        headers.writeUInt32BE(Math.min(mostLagMicros, Math.max(0, lagMicros)), at + stampBytes + 6)
      }
      record.headers = headers
      return record
    },
    describe: source.describe
  }
}

/** The stamp that was read last. */
export interface StampReader {
  readonly producer: number
  /** Of its value in the producer's pool. */
  readonly index: number
  /** Number of the record among those of its producer and partition. */
  readonly sequence: number
  /** When it was due, and when the producer took it, in milliseconds of the machine's clock; 0 unless stamps have times. */
  readonly dueMs: number
  readonly takenMs: number
  /** @returns whether headers, from `start` to `end` of the bytes, are those of a record of this run */
  read(bytes: Buffer, start: number, end: number): boolean
}

export function createStampReader(options: StampOptions): StampReader {
  const { headers, at } = template(options)
  // The run follows the names, so that one comparison covers both.
  const same = at + 4
  let [producer, index, sequence, dueMs, takenMs] = [0, 0, 0, 0, 0]
  return {
    get producer() {
      return producer
    },
    get index() {
      return index
    },
    get sequence() {
      return sequence
    },
    get dueMs() {
      return dueMs
    },
    get takenMs() {
      return takenMs
    },
    read(bytes, start, end) {
      if (end - start !== headers.length || bytes.compare(headers, 0, same, start, start + same) !== 0) return false
      producer = bytes.readUInt8(start + same)
      index = bytes.readUInt16BE(start + same + 1)
      sequence = bytes.readUInt16BE(start + same + 3) * low + bytes.readUInt32BE(start + same + 5)
      if (options.timed) {
        dueMs = bytes.readUIntBE(start + same + 9, 6) / 1000
        takenMs = dueMs + bytes.readUInt32BE(start + same + 15) / 1000
      }
      return true
    }
  }
}

/** The headers of a record, and where the stamp begins in them. */
function template({ run, headers, timed }: StampOptions): { headers: Buffer; at: number } {
  const bytes = stampBytes + (timed ? timesBytes : 0)
  const encoded = encodeHeaders([...headers, { name: stampName, value: Buffer.alloc(bytes) }])
  if (!encoded) throw new Error('a stamp is a header')
  const at = encoded.length - bytes
  encoded.writeUInt32BE(run, at)
  return { headers: encoded, at }
}
