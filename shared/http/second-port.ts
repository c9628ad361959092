import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import fp from 'fastify-plugin'
import { readTlsFiles } from '../tls-files.ts'
import { answerClientError } from './client-errors.ts'
import { followCertificate, parseTls, type TlsConfig } from './tls.ts'

export interface SecondPortOptions {
  host: string
  /** 0: none */
  port: number
  config: TlsConfig
}

/**
 * Lets a service that listens answer at a second port too. The port is a convenience: where another program has it, the log says so and
 * the service does without.
 */
export const secondPortPlugin = fp<SecondPortOptions>(
  async (app, { host, port, config }) => {
    if (port === 0) return
    const tls = parseTls(config)
    const server = tls ? createTlsServer(readTlsFiles(tls).texts, app.routing) : createServer(app.routing)
    server.requestTimeout = 30_000
    server.on('clientError', answerClientError)
    const endFollowing = tls ? followCertificate(server, tls) : () => {}

    app.addHook('onListen', async () => {
      try {
        server.listen({ host, port })
        await once(server, 'listening')
      } catch (err) {
        app.log.warn({ err, port }, 'another program has this port: the service answers at its own port only')
        return
      }
      app.log.info({ port }, 'also listens here')
    })
    app.addHook('preClose', async () => {
      endFollowing()
      await app.drain(server)
    })
  },
  { name: 'second-port', dependencies: ['drain'] }
)
