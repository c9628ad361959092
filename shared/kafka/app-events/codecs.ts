import { compressionsAlgorithms } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { registerSnappy } from '../verifying/snappy-codec.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

/** Every codec that a producer may have used: kafkajs has gzip only, and a consumer that meets one it lacks gives up. Idempotent. */
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
