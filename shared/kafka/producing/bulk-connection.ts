import { NetworkError, Reader, TimeoutError, UserError, Writer } from '@platformatic/kafka'
import { KafkaConnection, type SendParameters } from '../connection/kafka-connection.ts'
import { isTlsAlert, requiresTls } from '../connection/security-errors.ts'

interface Unanswered {
  correlationId: number
  timer: NodeJS.Timeout
  /** @param body of the answer, behind its correlation id */
  answer: (body: Buffer) => void
  fail: (error: Error) => void
}

const int32Bytes = 4

/**
 * A connection for much data. The client connects, encrypts and authenticates its socket; then this one takes over, and hands a
 * request to the kernel in the parts that it was written in (writev). The client would join them in a new buffer first: one more
 * copy of every record, and as many bytes for the garbage collection as for the network. The parts of a request must stay as
 * they are until its answer or the end of the connection.
 */
export class BulkConnection extends KafkaConnection {
  readonly #options: ConstructorParameters<typeof KafkaConnection>[1]
  /** A broker answers the requests of a connection in their order. */
  readonly #unanswered: Unanswered[] = []
  #correlationId = 0
  #isOurs = false
  #received: Buffer = Buffer.alloc(0)

  constructor(...[endpoint, options]: ConstructorParameters<typeof KafkaConnection>) {
    super(endpoint, options)
    this.#options = options
    this.on('close', () => {
      for (const { timer, fail } of this.#unanswered.splice(0)) {
        clearTimeout(timer)
        fail(new NetworkError('Connection closed'))
      }
    })
  }

  override async open(): Promise<void> {
    await super.open()
    this.socket.removeAllListeners('data')
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#isOurs = true
  }

  protected override transmit<Answer>(...request: SendParameters<Answer>): void {
    const [key, version, write, parse, taggedRequest, taggedAnswer, callback] = request
    if (!this.#isOurs) super.transmit(...request)
    else if (!this.isConnected()) callback(new NetworkError('Connection closed'))
    else {
      const correlationId = (this.#correlationId + 1) & 0x7fffffff
      this.#correlationId = correlationId
      const writer = Writer.create().appendInt16(key).appendInt16(version).appendInt32(correlationId)
      writer.appendString(this.#options.clientId, false)
      if (taggedRequest) writer.appendTaggedFields()
      const payload = write()
      if (!(payload instanceof Writer)) throw new Error(`API ${key} is not written at once`)
      const parts = writer.appendFrom(payload).prependLength().buffers
      this.socket.cork()
      if (payload.context.noResponse) this.#handOver(parts, callback)
      else for (const part of parts) this.socket.write(part)
      this.socket.uncork()
      if (payload.context.noResponse) return
      const read = async (body: Buffer) => parse(correlationId, key, version, Reader.from(body))
      this.#unanswered.push({
        correlationId,
        timer: this.#timer(),
        answer: (body) =>
          void read(taggedAnswer ? body.subarray(1) : body).then((answer) => callback(null, answer), callback),
        fail: callback
      })
    }
  }

  /** A request that is not answered is over when the kernel has all of it. */
  #handOver(parts: readonly Buffer[], callback: (error: Error | null) => void): void {
    const timer = this.#timer()
    const last = parts.length - 1
    for (const [nth, part] of parts.entries()) {
      if (nth < last) this.socket.write(part)
      else
        this.socket.write(part, (error) => {
          clearTimeout(timer)
          callback(error ? new NetworkError('Connection closed', { cause: error }) : null)
        })
    }
  }

  #timer(): NodeJS.Timeout {
    return setTimeout(() => this.socket.destroy(new TimeoutError('Request timed out')), this.#options.requestTimeout)
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.length >= int32Bytes) {
      const end = int32Bytes + this.#received.readInt32BE(0)
      const [request] = this.#unanswered
      if (isTlsAlert(this.#received)) this.socket.destroy(new UserError(requiresTls))
      if (this.socket.destroyed || this.#received.length < end) return
      const answer = this.#received.subarray(int32Bytes, end)
      this.#received = this.#received.subarray(end)
      if (request?.correlationId === answer.readInt32BE(0)) {
        this.#unanswered.shift()
        clearTimeout(request.timer)
        request.answer(answer.subarray(int32Bytes))
      } else this.socket.destroy(new NetworkError('Received an answer to no request'))
    }
  }
}
