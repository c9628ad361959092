/** Records with ascending sequences, acknowledged at ascending offsets. */
export interface AcknowledgedRun {
  sequence: number
  offset: number
  records: number
}

/**
 * The offsets at which a producer's records of one partition were acknowledged. A run that continues the one before in sequence
 * and offset lengthens it; the others take 12 bytes each. Plain data, so that threads can pass it on.
 */
export interface AcknowledgedRuns {
  chunks: Chunk[]
}

/** Triples of sequence, offset and records, the first two relative to the chunk's. */
interface Chunk {
  sequence: number
  offset: number
  runs: number
  triples: Uint32Array<ArrayBuffer>
}

const smallestChunk = 4
const largestChunk = 4096
const most = 2 ** 32 - 1

export function noRuns(): AcknowledgedRuns {
  return { chunks: [] }
}

export function addRun({ chunks }: AcknowledgedRuns, { sequence, offset, records }: AcknowledgedRun): void {
  const chunk = chunks.at(-1)
  if (chunk && lengthen(chunk, sequence, offset, records)) return
  if (chunk && fits(chunk, sequence, offset)) {
    if (chunk.runs * 3 === chunk.triples.length) chunk.triples = grown(chunk.triples)
    put(chunk, sequence, offset, records)
    return
  }
  const triples = new Uint32Array(3 * smallestChunk)
  const next = { sequence, offset, runs: 0, triples }
  chunks.push(next)
  put(next, sequence, offset, records)
}

export function* runsOf({ chunks }: AcknowledgedRuns): Generator<AcknowledgedRun> {
  for (const { sequence, offset, runs, triples } of chunks) {
    for (let at = 0; at < runs * 3; at += 3) {
      yield {
        sequence: sequence + (triples[at] ?? 0),
        offset: offset + (triples[at + 1] ?? 0),
        records: triples[at + 2] ?? 0
      }
    }
  }
}

/** Number of runs. */
export function countRuns({ chunks }: AcknowledgedRuns): number {
  return chunks.reduce((sum, { runs }) => sum + runs, 0)
}

/** Number of records. */
export function countRecords({ chunks }: AcknowledgedRuns): number {
  let sum = 0
  for (const { runs, triples } of chunks) for (let at = 2; at < runs * 3; at += 3) sum += triples[at] ?? 0
  return sum
}

function lengthen(chunk: Chunk, sequence: number, offset: number, records: number): boolean {
  const { runs, triples } = chunk
  const at = 3 * (runs - 1)
  const length = triples[at + 2] ?? 0
  const continues =
    chunk.sequence + (triples[at] ?? 0) + length === sequence &&
    chunk.offset + (triples[at + 1] ?? 0) + length === offset
  if (!continues || length + records > most) return false
  triples[at + 2] = length + records
  return true
}

function fits({ sequence, offset, runs }: Chunk, nextSequence: number, nextOffset: number): boolean {
  const [ahead, further] = [nextSequence - sequence, nextOffset - offset]
  return runs < largestChunk && ahead >= 0 && ahead <= most && further >= 0 && further <= most
}

function put(chunk: Chunk, sequence: number, offset: number, records: number): void {
  chunk.triples.set([sequence - chunk.sequence, offset - chunk.offset, records], 3 * chunk.runs)
  chunk.runs += 1
}

function grown(triples: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.min(3 * largestChunk, triples.length * 2))
  larger.set(triples)
  return larger
}
