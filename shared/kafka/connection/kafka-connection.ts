import { Connection, type ConnectionOptions } from '@platformatic/kafka'
import type { BrokerEndpoint } from '../model.ts'
import { connectionSecurity, type KafkaSecurity } from './security.ts'

/** A request as the client's APIs hand it to their connection. */
export type SendParameters<Answer> = Parameters<typeof Connection.prototype.send<Answer>>

export interface KafkaConnectionOptions
  extends Pick<ConnectionOptions, 'connectTimeout' | 'requestTimeout' | 'maxInflights'> {
  clientId: string
  security?: KafkaSecurity | undefined
}

/**
 * A connection of @platformatic/kafka to one broker that, when its SASL session is about to end (connections.max.reauth.ms,
 * KIP-368), retires instead of authenticating again. The client would send other requests between those of the
 * authentication, to which a broker answers by closing the connection. Whoever keeps a retired connection opens another one,
 * with the credentials of that moment, and this one closes after its last answer.
 */
export class KafkaConnection extends Connection {
  /** Called once: send no more requests on it. */
  onRetire: () => void = () => {}
  /** Whether it was ever connected. */
  wasOpen = false
  readonly #endpoint: BrokerEndpoint
  #failure: Error | undefined
  #waiting = 0
  #retired = false

  /** @throws TlsFileError if the certificates cannot be read */
  constructor(endpoint: BrokerEndpoint, { clientId, security = {}, ...timeouts }: KafkaConnectionOptions) {
    super(clientId, { ...timeouts, ...connectionSecurity(security, endpoint.host) })
    this.#endpoint = endpoint
    // An event without a listener would end the process.
    this.on('error', (error) => {
      this.#failure ??= error
    })
  }

  /** Connects, and authenticates if need be. */
  async open(): Promise<void> {
    await this.connect(this.#endpoint.host, this.#endpoint.port)
    this.wasOpen = true
  }

  override send<Answer>(
    ...[key, version, payload, parser, taggedRequest, taggedResponse, callback]: SendParameters<Answer>
  ): void {
    this.#waiting += 1
    this.transmit<Answer>(key, version, payload, parser, taggedRequest, taggedResponse, (error, answer) => {
      this.#waiting -= 1
      // Of a broken connection a request learns only that it was closed. That a broker refuses the certificate of a client
      // arrives after the handshake (TLS 1.3).
      if (error && this.#failure && error !== this.#failure) error.cause ??= this.#failure
      callback(error, answer)
      if (this.#retired && this.#waiting === 0) this.destroy()
    })
  }

  /** Writes a request to the socket, and reads its answer. */
  protected transmit<Answer>(...request: SendParameters<Answer>): void {
    super.send<Answer>(...request)
  }

  /** The client calls this when four fifths of the session are over. */
  override reauthenticate(): void {
    if (this.#retired) return
    this.#retired = true
    this.onRetire()
    if (this.#waiting === 0) this.destroy()
  }

  /** At once: close() would wait for a peer that may never answer. */
  destroy(): void {
    this.#retired = true
    // Ends the client's timer for the next authentication.
    this.close(() => {})
    this.socket?.destroy()
    // While it is connecting, nothing else notifies its waiting callers, whose timers would stay alive.
    this.emit('close')
  }
}
