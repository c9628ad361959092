import type { Socket } from 'node:net'
import { initProducerIdV4, metadataV12 } from '@platformatic/kafka'
import t, { type Test } from 'tap'
import { KafkaConnection } from '#shared/kafka/connection/kafka-connection.ts'
import { BulkConnection } from '#shared/kafka/producing/bulk-connection.ts'
import { handOver, type ProduceRequest, produce } from '#shared/kafka/protocol/produce.ts'
import { listen } from '../../listener.ts'

/** A broker that answers as the test says. */
async function broker(t: Test, onRequest: (request: Buffer, socket: Socket, nth: number) => void) {
  let nth = 0
  const { host, port } = await listen(t, (socket) => {
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0)
        onRequest(received.subarray(0, end), socket, nth++)
        received = received.subarray(end)
      }
    })
  })
  return { host, port }
}

async function connect(
  t: Test,
  endpoint: { host: string; port: number },
  requestTimeout = 5000,
  Kind: typeof KafkaConnection = BulkConnection
) {
  const connection = new Kind(endpoint, { clientId: 'kops', connectTimeout: 5000, requestTimeout })
  t.teardown(() => connection.destroy())
  await connection.open()
  return connection
}

const batches = [0, 7].map((partition) => ({ partition, batch: Buffer.alloc(300 + partition, partition) }))
const request: ProduceRequest = { topics: [{ topic: 'a', batches }], acks: 'all', timeoutMs: 1000 }

/** Produce 9: partition 5 of topic a has the batch, without an error. */
function answerTo(sent: Buffer, baseOffset: number): Buffer {
  const answer = Buffer.alloc(52)
  answer.writeInt32BE(48, 0)
  sent.copy(answer, 4, 8, 12)
  answer.set([2, 2, 0x61, 2, 0, 0, 0, 5], 9)
  answer.writeBigInt64BE(BigInt(baseOffset), 19)
  answer.writeUInt8(1, 43)
  return answer
}

t.test('writes the same bytes as the client', async (t) => {
  const sent = new Map<typeof KafkaConnection, Buffer[]>()
  for (const Kind of [KafkaConnection, BulkConnection]) {
    const all: Buffer[] = []
    sent.set(Kind, all)
    const three = Promise.withResolvers<void>()
    const endpoint = await broker(t, (request) => all.push(request) === 3 && three.resolve())
    const connection = await connect(t, endpoint, 5000, Kind)
    const answers = [
      produce(connection, request),
      metadataV12.api.async(connection, ['a', 'b'], false, false),
      initProducerIdV4.api.async(connection, null, 1000, undefined, undefined)
    ]
    await three.promise
    connection.destroy()
    await Promise.allSettled(answers)
  }
  t.same(sent.get(BulkConnection), sent.get(KafkaConnection))
})

t.test('answers reach their requests in whatever pieces they arrive', async (t) => {
  const waiting: Buffer[] = []
  const endpoint = await broker(t, (sent, socket, nth) => {
    waiting.push(answerTo(sent, 100 + nth))
    if (waiting.length < 4) return
    const bytes = Buffer.concat(waiting)
    // Each piece of three bytes is a packet of its own, and the rest is one.
    for (let at = 0; at < 120; at += 3) socket.write(bytes.subarray(at, at + 3))
    socket.write(bytes.subarray(120))
  })
  const connection = await connect(t, endpoint)
  const answers = await Promise.all(Array.from({ length: 4 }, () => produce(connection, request)))
  t.same(
    answers,
    [100, 101, 102, 103].map((baseOffset) => [{ topic: 'a', partition: 5, errorCode: 0, baseOffset }])
  )
})

t.test('an answer that cannot be read fails its own request only', async (t) => {
  const endpoint = await broker(t, (sent, socket, nth) => {
    const answer = answerTo(sent, 7)
    if (nth === 0) answer.writeUInt8(9, 9)
    socket.write(answer)
  })
  const connection = await connect(t, endpoint)
  const [first, second] = await Promise.allSettled([produce(connection, request), produce(connection, request)])
  t.equal(first.status, 'rejected')
  t.match(second, { status: 'fulfilled', value: [{ baseOffset: 7 }] })
})

const breaks: [string, (sent: Buffer, socket: Socket) => void, RegExp][] = [
  ['no answer in time', () => {}, /timed out/],
  [
    'an answer to another request',
    (sent, socket) => {
      const answer = answerTo(sent, 0)
      answer.writeInt32BE(4711, 4)
      socket.write(answer)
    },
    /no request/
  ],
  [
    'the alert of a broker that requires TLS',
    (_sent, socket) => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, 10])),
    /requires TLS/
  ],
  ['the end of the connection', (_sent, socket) => socket.destroy(), /closed/]
]
for (const [what, answer, reason] of breaks) {
  t.test(`${what} breaks the connection, and every request fails`, async (t) => {
    const endpoint = await broker(t, answer)
    const connection = await connect(t, endpoint, 200)
    const failures = await Promise.allSettled([produce(connection, request), produce(connection, request)])
    for (const failure of failures) {
      t.equal(failure.status, 'rejected')
      if (failure.status === 'rejected') t.match(messagesOf(failure.reason), reason)
    }
    await t.rejects(produce(connection, request), /closed/, 'and no other one is sent')
  })
}

function messagesOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${messagesOf(error.cause)}` : ''
}

t.test('a connection that retires still gets its last answer', async (t) => {
  const answering = Promise.withResolvers<void>()
  const endpoint = await broker(t, (sent, socket) => void answering.promise.then(() => socket.write(answerTo(sent, 7))))
  const connection = await connect(t, endpoint)
  const answer = produce(connection, request)
  connection.reauthenticate()
  answering.resolve()
  t.match(await answer, [{ baseOffset: 7 }])
  await t.rejects(produce(connection, request), /closed/)
})

t.test('a request without an answer is over once the network has it, and those behind it get theirs', async (t) => {
  const endpoint = await broker(t, (sent, socket, nth) => void (nth > 0 && socket.write(answerTo(sent, 7))))
  const connection = await connect(t, endpoint)
  const [handed, answered] = await Promise.all([handOver(connection, request), produce(connection, request)])
  t.equal(handed, undefined)
  t.match(answered, [{ baseOffset: 7 }])
  connection.destroy()
  await t.rejects(handOver(connection, request), /closed/)
})
