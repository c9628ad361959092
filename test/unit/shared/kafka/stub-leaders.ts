/**
 * The leaders of a topic on loopback. They know the requests of a producer in the versions that ours speaks, and those of Kafka's own
 * producer in the same. Without `receive`, they acknowledge every batch and keep nothing: what is left to measure is the producer.
 */
import { createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { PartitionAnswer, PartitionBatch } from '#shared/kafka/protocol/produce.ts'

const [produce, metadata, apiVersions, initProducerId] = [0, 3, 18, 22]
/** What each request is known in. */
const versions = [
  [produce, 9],
  [metadata, 12],
  [initProducerId, 4],
  [apiVersions, 3]
] as const

export interface StubOptions {
  brokers: number
  partitions: number
  /** What a leader takes to answer, as that of a real cluster waits for its followers. */
  delayMs?: number
  /** Answers the batches of a request; null: the connection breaks. A batch is valid during the call only. */
  receive?: (batches: PartitionBatch[], broker: number) => Omit<PartitionAnswer, 'topic'>[] | null
  /** The broker that leads a partition; partition modulo brokers without it. */
  leaderOf?: (partition: number) => number
  /** Answers requests of other kinds, or these in another way: undefined if it does not, null: the connection breaks. */
  other?: (key: number, request: Buffer, at: number, ports: readonly number[]) => Buffer | null | undefined
}

export interface StubLeaders {
  /** host:port, comma-separated. */
  bootstrap: string
  /** Since the start. */
  produced: { requests: number; batches: number; bytes: number; records: number }
  close(): void
}

export async function startStubLeaders({
  brokers,
  partitions,
  delayMs = 0,
  receive = (batches) => batches.map(({ partition }) => ({ partition, errorCode: 0, baseOffset: 0 })),
  leaderOf = (partition) => partition % brokers,
  other = () => undefined
}: StubOptions): Promise<StubLeaders> {
  const produced = { requests: 0, batches: 0, bytes: 0, records: 0 }
  const sockets = new Set<Socket>()
  const ports: number[] = []
  const servers = Array.from({ length: brokers }, (_, broker) =>
    createServer((socket) => {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      let parts: Buffer[] = []
      let length = 0
      let wanted = 4
      socket.on('data', (chunk) => {
        parts.push(chunk)
        length += chunk.length
        if (length < wanted) return
        let rest = Buffer.concat(parts)
        while (rest.length >= 4 && rest.length >= rest.readInt32BE(0) + 4) {
          const end = rest.readInt32BE(0) + 4
          void answer(socket, rest.subarray(4, end), broker)
          rest = rest.subarray(end)
        }
        parts = rest.length > 0 ? [rest] : []
        length = rest.length
        wanted = rest.length >= 4 ? rest.readInt32BE(0) + 4 : 4
      })
    })
  )
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address !== null && typeof address === 'object') ports.push(address.port)
  }

  async function answer(socket: Socket, request: Buffer, broker: number): Promise<void> {
    const correlationId = request.subarray(4, 8)
    const body = bodyOf(request, broker)
    if (body === null) socket.destroy()
    if (!body) return
    // The header of this answer has no tagged fields, so that a client of any version can read it (KIP-511).
    const tags = Buffer.alloc(request.readInt16BE(0) === apiVersions ? 0 : 1)
    const reply = Buffer.concat([correlationId, tags, body])
    if (delayMs > 0 && request.readInt16BE(0) === produce) await delay(delayMs)
    socket.write(Buffer.concat([int32(reply.length), reply]))
  }

  /** undefined: the request has no answer. */
  function bodyOf(request: Buffer, broker: number): Buffer | null | undefined {
    const at = 10 + Math.max(0, request.readInt16BE(8)) + 1
    const key = request.readInt16BE(0)
    const answer = other(key, request, at, ports)
    if (answer !== undefined) return answer
    switch (key) {
      case metadata: {
        const [topic] = compactString(request, at + 1 + 16)
        return describe(topic)
      }
      case apiVersions:
        return offer(request.readInt16BE(2))
      case initProducerId:
        return Buffer.concat([int32(0), int16(0), int64(1n), int16(0), Buffer.from([0])])
      case produce:
        return answerBatches(request, at, broker)
      default:
        throw new Error(`the stub does not know API ${key}`)
    }
  }

  /** ApiVersions 3; to a newer client as version 0 with UNSUPPORTED_VERSION, after which it asks again. */
  function offer(version: number): Buffer {
    const flexible = version <= 3
    const none = Buffer.alloc(flexible ? 1 : 0)
    const ranges = versions.map(([key, known]) => Buffer.concat([int16(key), int16(known), int16(known), none]))
    const length = flexible ? count(ranges.length) : int32(ranges.length)
    const throttle = flexible ? int32(0) : none
    return Buffer.concat([int16(flexible ? 0 : 35), length, ...ranges, throttle, none])
  }

  /** Metadata 12: a leader is the only replica. */
  function describe(topic: string): Buffer {
    const none = Buffer.from([0])
    const nodes = ports.map((port, id) => [int32(id), string('127.0.0.1'), int32(port), none, none])
    const led = Array.from({ length: partitions }, (_, partition) => {
      const replicas = [count(1), int32(leaderOf(partition))]
      const ids = [int32(partition), int32(leaderOf(partition)), int32(0)]
      return Buffer.concat([int16(0), ...ids, ...replicas, ...replicas, count(0), none])
    })
    return Buffer.concat([
      ...[int32(0), count(brokers), ...nodes.flat(), string('stub'), int32(0)],
      ...[count(1), int16(0), string(topic), Buffer.alloc(16), none, count(partitions), ...led, int32(-1), none],
      none
    ])
  }

  /** Produce 9. */
  function answerBatches(request: Buffer, start: number, broker: number): Buffer | null | undefined {
    produced.requests += 1
    const [, settings] = compactString(request, start)
    const acks = request.readInt16BE(settings)
    const [topic, next] = compactString(request, settings + 2 + 4 + 1)
    let [left, at] = varint(request, next)
    const batches: PartitionBatch[] = []
    for (left -= 1; left > 0; left -= 1) {
      const [length, begin] = varint(request, at + 4)
      const batch = request.subarray(begin, begin + length - 1)
      batches.push({ partition: request.readInt32BE(at), batch })
      produced.batches += 1
      produced.bytes += batch.length
      produced.records += batch.readInt32BE(57)
      at = begin + length
    }
    const answers = receive(batches, broker)?.map(({ partition, errorCode, baseOffset }) => {
      const offsets = [int64(BigInt(baseOffset)), int64(-1n), int64(0n)]
      return Buffer.concat([int32(partition), int16(errorCode), ...offsets, count(0), Buffer.from([0, 0])])
    })
    if (!answers) return null
    if (acks === 0) return undefined
    const topics = [count(1), string(topic), count(answers.length), ...answers, Buffer.from([0])]
    return Buffer.concat([...topics, int32(0), Buffer.from([0])])
  }

  return {
    bootstrap: ports.map((port) => `127.0.0.1:${port}`).join(','),
    produced,
    close() {
      for (const server of servers) server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

/** Length of a compact array or string. */
export function count(items: number): Buffer {
  if (items + 1 >= 0x80) throw new Error('the stub writes short lengths only')
  return Buffer.from([items + 1])
}

export function string(text: string): Buffer {
  return Buffer.concat([count(text.length), Buffer.from(text)])
}

export function varint(bytes: Buffer, start: number): [value: number, next: number] {
  let [value, at] = [0, start]
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes.readUInt8(at)
    at += 1
    value += (byte & 0x7f) * shift
    if (byte < 0x80) return [value, at]
  }
}

export function compactString(bytes: Buffer, start: number): [text: string, next: number] {
  const [length, at] = varint(bytes, start)
  // A length of 0 is null.
  const end = at + Math.max(0, length - 1)
  return [bytes.toString('utf8', at, end), end]
}
