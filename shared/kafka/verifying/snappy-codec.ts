import { compressionsAlgorithms } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

const { CompressionCodecs, CompressionTypes } = kafkajs

interface Encoder {
  buffer: Buffer
}

/**
 * Snappy for kafkajs, which has none and crashes when it meets it: plain blocks, and the xerial framing that Java's
 * producer writes. The blocks' format checks itself by no sum; the record batch around it does (CRC-32C).
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
