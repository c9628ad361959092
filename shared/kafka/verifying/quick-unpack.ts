import { compressionsAlgorithms } from '@platformatic/kafka'
import { isFramed } from '../records/codecs/snappy.ts'
import { maxUnpackedBytes, unpack } from '../records/codecs/unpack.ts'

const snappy = 2

/**
 * A way to unpack that takes the client's WebAssembly for plain snappy, which is four times as fast as ours. It has no limit,
 * and leaks memory on broken input, so it only gets blocks that claim a size within ours, and none after a broken one.
 */
export function unpackQuickly(): typeof unpack {
  let isSafe = true
  return async (codec, packed, options) => {
    if (codec === snappy && isSafe && !isFramed(packed) && claimedBytes(packed) <= maxUnpackedBytes) {
      try {
        return compressionsAlgorithms.snappy.decompressSync(packed)
      } catch {
        isSafe = false
      }
    }
    return unpack(codec, packed, options)
  }
}

/** The size with which a plain block begins. */
function claimedBytes(block: Buffer): number {
  let size = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index] ?? 0
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return size
  }
  return Number.POSITIVE_INFINITY
}
