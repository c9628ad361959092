/** Matches reach back within a block of so many bytes (format_description.txt of google/snappy), so that an offset takes two. */
const blockBytes = 65_536
/** A match begins with so many equal bytes. Shorter ones, as in random digits, save little and take as long to find. */
const leastMatch = 8
/** The search looks and copies so far beyond its position. */
const margin = 16
const tableBits = 14
/** Of the two halves of what is looked up; primes with well-mixed bits, the first one is snappy's own. */
const [lowFactor, highFactor] = [0x1e35a7bd, 0x9e3779b1]
/** After so many misses (2^n), the search goes on in steps of two bytes, then of three: what does not compress is soon over. */
const patienceBits = 3

/** Where the last sequence with a hash began, within the block. One table for all, because a thread compresses one block at a time. */
const table = new Uint16Array(1 << tableBits)
let memory = Buffer.alloc(0)

/**
 * Compresses into the raw format of snappy. In JavaScript, because the client's WebAssembly takes its input and gives its result
 * by copying, and is no faster at finding matches.
 * @returns a view of memory that the next call overwrites
 */
export function compressSnappy(input: Buffer): Buffer {
  // The worst case, according to snappy's MaxCompressedLength.
  const needed = 32 + input.length + Math.floor(input.length / 6)
  if (memory.length < needed) memory = Buffer.allocUnsafeSlow(needed)
  const output = memory
  const view = viewOf(input)
  const outputView = viewOf(output)
  let at = 0
  let rest = input.length
  for (; rest >= 0x80; rest >>>= 7) output[at++] = (rest & 0x7f) | 0x80
  output[at++] = rest
  for (let start = 0; start < input.length; start += blockBytes) {
    at = compressBlock(input, view, start, Math.min(input.length, start + blockBytes), output, outputView, at)
  }
  return memory.subarray(0, at)
}

/** @returns the end of the output */
function compressBlock(
  input: Buffer,
  view: DataView,
  start: number,
  end: number,
  output: Buffer,
  outputView: DataView,
  outputStart: number
): number {
  let at = outputStart
  /** Everything before it is in the output. */
  let next = start
  const last = end - margin
  table.fill(0)
  let position = start + 1
  while (position <= last) {
    let misses = 1 << patienceBits
    let candidate = start
    for (;;) {
      const low = view.getInt32(position, true)
      const high = view.getInt32(position + 4, true)
      const hash = hashOf(low, high)
      candidate = start + (table[hash] ?? 0)
      table[hash] = position - start
      if (view.getInt32(candidate, true) === low && view.getInt32(candidate + 4, true) === high) break
      position += misses >>> patienceBits
      misses += 1
      if (position > last) return writeLiteral(input, next, end, output, at)
    }
    const literal = position - next
    if (literal > 0 && literal <= margin) {
      // Copies more than it needs, which the next bytes overwrite, rather than to count.
      output[at++] = (literal - 1) << 2
      outputView.setInt32(at, view.getInt32(next, true), true)
      outputView.setInt32(at + 4, view.getInt32(next + 4, true), true)
      outputView.setInt32(at + 8, view.getInt32(next + 8, true), true)
      outputView.setInt32(at + 12, view.getInt32(next + 12, true), true)
      at += literal
    } else if (literal > 0) at = writeLiteral(input, next, position, output, at)
    const distance = position - candidate
    next = matchEnd(input, view, position + leastMatch, distance, end)
    at = writeCopy(distance, next - position, output, at)
    position = next
    if (position <= last) {
      const before = position - 1
      table[hashOf(view.getInt32(before, true), view.getInt32(before + 4, true))] = before - start
    }
  }
  return next < end ? writeLiteral(input, next, end, output, at) : at
}

function hashOf(low: number, high: number): number {
  return Math.imul(Math.imul(low, lowFactor) ^ high, highFactor) >>> (32 - tableBits)
}

/** Where the bytes begin to differ from those at a distance before them. */
function matchEnd(input: Buffer, view: DataView, start: number, distance: number, end: number): number {
  let position = start
  for (; position + 4 <= end; position += 4) {
    const difference = view.getInt32(position, true) ^ view.getInt32(position - distance, true)
    // The lowest bit that differs is in the first byte that does.
    if (difference !== 0) return position + ((31 - Math.clz32(difference & -difference)) >>> 3)
  }
  while (position < end && input[position] === input[position - distance]) position += 1
  return position
}

function writeLiteral(input: Buffer, start: number, end: number, output: Buffer, outputStart: number): number {
  let at = outputStart
  const length = end - start - 1
  if (length < 60) output[at++] = length << 2
  else if (length < 0x100) {
    output[at++] = 60 << 2
    output[at++] = length
  } else {
    output[at++] = 61 << 2
    output[at++] = length
    output[at++] = length >>> 8
  }
  // Copying a view takes longer than most literals.
  for (let position = start; position < end; position += 1) output[at++] = input[position] ?? 0
  return at
}

function writeCopy(distance: number, length: number, output: Buffer, outputStart: number): number {
  let at = outputStart
  let rest = length
  // One copy has up to 64 bytes; the last one has four at least.
  for (; rest > 64; rest -= rest >= 68 ? 64 : 60) at = writeLongCopy(distance, rest >= 68 ? 64 : 60, output, at)
  if (rest >= 12 || distance >= 2048) return writeLongCopy(distance, rest, output, at)
  output[at++] = ((distance >>> 8) << 5) | ((rest - 4) << 2) | 1
  output[at++] = distance
  return at
}

function writeLongCopy(distance: number, length: number, output: Buffer, at: number): number {
  output[at] = ((length - 1) << 2) | 2
  output[at + 1] = distance
  output[at + 2] = distance >>> 8
  return at + 3
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
