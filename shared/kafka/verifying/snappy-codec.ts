import { compressionsAlgorithms } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

const { CompressionCodecs, CompressionTypes } = kafkajs

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
    return compressionsAlgorithms.snappy.decompressSync(buffer)
  }
}

/** kafkajs keeps its codecs in one object for the whole process. Idempotent. */
export function registerSnappy(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec
}
