import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs'
import { formatEndpoint, parseEndpoints } from '../model.ts'
import type { ConnectionOptions } from './options.ts'
import { kafkajsSecurity } from './security.ts'
import { expectsLogin, isTlsAlert, requiresTls } from './security-errors.ts'

export interface KafkajsClient {
  kafka: Kafka
  /** Why a connection broke last. The client itself reports only that it was closed. */
  lastFailure(): Error | undefined
}

/** The other client, connected like the first one, and silent: it would log what the caller reports. */
export function createKafkajs(
  { bootstrapServers, clientId, security = {} }: Omit<ConnectionOptions, 'budget'>,
  timing: Pick<KafkaConfig, 'connectionTimeout' | 'requestTimeout' | 'retry'>
): KafkajsClient {
  let failure: Error | undefined
  const kafka = new kafkajs.Kafka({
    clientId,
    brokers: parseEndpoints(bootstrapServers).map(formatEndpoint),
    logLevel: kafkajs.logLevel.NOTHING,
    ...timing,
    ...kafkajsSecurity(security),
    socketFactory({ host, port, ssl, onConnect }): Socket {
      const name = isIP(host) === 0 ? { servername: host } : {}
      const socket = ssl
        ? connectTls({ host, port, ...name, ...ssl }, onConnect)
        : connectPlain({ host, port }, onConnect)
      socket.setKeepAlive(true, keepAliveMs)
      socket.on('error', (error) => {
        failure = error
      })
      socket.once('data', (answer: Buffer) => {
        if (!ssl && isTlsAlert(answer)) failure = new Error(requiresTls)
      })
      socket.on('end', () => {
        if (!security.sasl) failure ??= new Error(`the broker closed the connection, ${expectsLogin}`)
      })
      return socket
    }
  })
  return { kafka, lastFailure: () => failure }
}

/** As the client itself has it. */
const keepAliveMs = 60_000
