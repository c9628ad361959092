import { compressionsAlgorithms } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { unpack } from '../records/codecs/unpack.ts'
import { createPace } from '../records/pace.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

const snappy = 2

interface Encoder {
  buffer: Buffer
}

/**
 * Snappy for kafkajs, which lacks it and crashes on it: plain blocks, and the xerial framing of Java's producer. The
 * block format has no checksum; the enclosing record batch does (CRC-32C).
 */
export const snappyCodec = {
  async compress({ buffer }: Encoder): Promise<Buffer> {
    return compressionsAlgorithms.snappy.compressSync(buffer)
  },
  async decompress(buffer: Buffer): Promise<Buffer> {
    return unpack(snappy, buffer, { pace: createPace() })
  }
}

/** kafkajs keeps its codecs in one object for the whole process. Idempotent. */
export function registerSnappy(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec
}
