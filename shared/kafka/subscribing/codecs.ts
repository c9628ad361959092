import { compressionsAlgorithms } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { registerSnappy } from '../verifying/snappy-codec.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

/**
 * Registers every codec that a producer may use: kafkajs has only gzip, and a consumer fails on a codec that it lacks.
 * Idempotent.
 */
export function registerCodecs(): void {
  registerSnappy()
  CompressionCodecs[CompressionTypes.LZ4] = () => codecOf(compressionsAlgorithms.lz4)
  CompressionCodecs[CompressionTypes.ZSTD] = () => codecOf(compressionsAlgorithms.zstd)
}

interface Algorithm {
  compressSync(data: Buffer): Buffer
  decompressSync(data: Buffer): Buffer
}

function codecOf(algorithm: Algorithm) {
  return {
    compress: async ({ buffer }: { buffer: Buffer }) => algorithm.compressSync(buffer),
    decompress: async (buffer: Buffer) => algorithm.decompressSync(buffer)
  }
}
