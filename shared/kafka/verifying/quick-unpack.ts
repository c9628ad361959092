import { compressionsAlgorithms } from '@platformatic/kafka'
import { isFramed } from '../records/codecs/snappy.ts'
import { maxUnpackedBytes, unpack } from '../records/codecs/unpack.ts'

const [snappy, lz4] = [2, 3]
/** A byte of LZ4 stands for at most so many (lz4_Block_format.md). */
const mostOfLz4 = 255

/**
 * A way to unpack that takes the client's WebAssembly for snappy and LZ4, which is four to eight times as fast as ours. It has no
 * limit, and leaks memory on broken input, so it only gets what cannot exceed ours, and nothing after a broken batch.
 */
export function unpackQuickly(): typeof unpack {
  let isSafe = true
  return async (codec, packed, options) => {
    const algorithm = isSafe ? quickFor(codec, packed) : undefined
    if (algorithm) {
      try {
        return algorithm.decompressSync(packed)
      } catch {
        isSafe = false
      }
    }
    return unpack(codec, packed, options)
  }
}

function quickFor(codec: number, packed: Buffer) {
  if (codec === snappy && !isFramed(packed) && claimedBytes(packed) <= maxUnpackedBytes) {
    return compressionsAlgorithms.snappy
  }
  if (codec === lz4 && packed.length * mostOfLz4 <= maxUnpackedBytes) return compressionsAlgorithms.lz4
  return undefined
}

/** The size with which a plain block of snappy begins. */
function claimedBytes(block: Buffer): number {
  let size = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index] ?? 0
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return size
  }
  return Number.POSITIVE_INFINITY
}
