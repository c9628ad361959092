import { promisify } from 'node:util'
import { gunzip, gunzipSync, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import type { Pace } from '../pace.ts'
import { unpackLz4 } from './lz4.ts'
import { unpackSnappy } from './snappy.ts'
import { UnreadableError } from './unreadable-error.ts'

/** No batch is unpacked to more than this: brokers take 1 MB of compressed bytes, which can unpack to gigabytes. */
export const maxUnpackedBytes = 64 * 1024 * 1024

/** Larger batches are unpacked by a thread of the pool: a call to it costs more than a small one takes. */
const inlineBytes = 4096

const [gunzipAside, zstdAside] = [promisify(gunzip), promisify(zstdDecompress)]

export interface Unpacking {
  pace: Pace
  /** Makes room for unpacked bytes, once their number is known to be within the limit. */
  allocate?: (bytes: number) => Buffer
}

/**
 * Unpacks the records of a batch, to at most `maxUnpackedBytes`: the limit holds before or while a codec allocates. The
 * result of codec 0 shares its memory with the input.
 * @param codec the number in a batch's attributes
 * @throws UnreadableError
 */
export async function unpack(
  codec: number,
  packed: Buffer,
  { pace, allocate = Buffer.allocUnsafe }: Unpacking
): Promise<Buffer> {
  const limits = { maxBytes: maxUnpackedBytes, pace, allocate }
  switch (codec) {
    case 0:
      return packed
    case 1:
      return withZlib(packed, gunzipSync, gunzipAside)
    case 2:
      return unpackSnappy(packed, limits)
    case 3:
      return unpackLz4(packed, limits)
    case 4:
      return withZlib(packed, zstdDecompressSync, zstdAside)
    default:
      throw new UnreadableError(`compression ${codec} is unknown`)
  }
}

async function withZlib(
  packed: Buffer,
  inline: (packed: Buffer, options: { maxOutputLength: number }) => Buffer,
  aside: (packed: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>
): Promise<Buffer> {
  const options = { maxOutputLength: maxUnpackedBytes }
  try {
    return packed.length <= inlineBytes ? inline(packed, options) : await aside(packed, options)
  } catch (cause) {
    const isTooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE'
    if (isTooLarge) throw new UnreadableError(`it unpacks to more than ${maxUnpackedBytes} bytes`, { cause })
    throw new UnreadableError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
