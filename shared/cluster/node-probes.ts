import { connect } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'

export interface ProbeTarget {
  host: string
  port: number
  /** After which the node counts as not answering. */
  timeoutMs: number
  /** Over TLS, with the authority that the node's certificate must be from. */
  tls?: SecureContext | undefined
  /** The name in the node's certificate, where that does not have the host. */
  serverName?: string
}

const apiVersionsKey = 18
const correlationId = 0x6b6f7073

/** An ApiVersions v0 request (KIP-35), the one request that every broker answers whatever its version: size, header v1, no body. */
export function apiVersionsRequest(clientId = 'kops-probe'): Buffer {
  const client = Buffer.from(clientId)
  const request = Buffer.alloc(4 + 10 + client.length)
  request.writeInt32BE(10 + client.length, 0)
  request.writeInt16BE(apiVersionsKey, 4)
  request.writeInt16BE(0, 6)
  request.writeInt32BE(correlationId, 8)
  request.writeInt16BE(client.length, 12)
  client.copy(request, 14)
  return request
}

/**
 * Judges the beginning of an answer to apiVersionsRequest(): undefined while too little has arrived.
 * Size int32, correlation id int32, error code int16, then the versions, which do not matter here.
 */
export function isApiVersionsAnswer(bytes: Buffer): boolean | undefined {
  if (bytes.length < 10) return undefined
  return bytes.readInt32BE(0) >= 6 && bytes.readInt32BE(4) === correlationId && bytes.readInt16BE(8) === 0
}

/**
 * Whether a broker answers ApiVersions, which it does before a client has authenticated by SASL. A paused broker accepts the connection but does
 * not answer. Never rejects.
 */
export function answersApiVersions(target: ProbeTarget): Promise<boolean> {
  return ask(target, apiVersionsRequest(), (bytes) => isApiVersionsAnswer(bytes)).then((answer) => answer ?? false)
}

/**
 * A ZooKeeper server's mode in its ensemble by the four-letter word srvr (ZooKeeper Administrator's Guide); undefined
 * if it does not answer or is outside a quorum. Never rejects.
 */
export function zooKeeperMode(target: ProbeTarget): Promise<string | undefined> {
  return ask(target, Buffer.from('srvr'), (bytes) => /^Mode: (\w+)$/m.exec(bytes.toString())?.[1])
}

/** Sends a request and reads until `judge` has an opinion, the peer ends, or the time is over. */
function ask<T>(
  { host, port, timeoutMs, tls, serverName }: ProbeTarget,
  request: Buffer,
  judge: (bytes: Buffer) => T | undefined
): Promise<T | undefined> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0)
    const name = serverName === undefined ? {} : { servername: serverName }
    const socket = tls === undefined ? connect({ host, port }) : connectTls({ host, port, secureContext: tls, ...name })
    const settle = (answer: T | undefined) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => settle(undefined), timeoutMs)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write(request))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const answer = judge(received)
      if (answer !== undefined) settle(answer)
    })
    socket.once('error', () => settle(undefined))
    socket.once('close', () => settle(undefined))
  })
}
