import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type RawServerDefault } from 'fastify'
import { type Static, Type } from 'typebox'
import packageJson from '../../package.json' with { type: 'json' }
import { errorsPlugin } from './errors.ts'
import { metricsPlugin } from './metrics.ts'
import { openApiPlugin } from './openapi.ts'
import { originPlugin } from './origin.ts'
import { createValidatorCompiler } from './validation.ts'

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface CreateAppOptions {
  title: string
  description: string
  allowedHosts: string[]
  /** pino's level; `silent` in tests. */
  logLevel: string
}

const LiveSchema = Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false })
export type Live = Static<typeof LiveSchema>

/**
 * The part that all services share: problem+json errors, Host and Origin checks, OpenAPI, metrics, liveness. Resolves to an
 * app that does not listen yet; the service registers its own plugins and routes on it.
 */
export async function createApp(options: CreateAppOptions): Promise<App> {
  const app = Fastify({
    logger: {
      level: options.logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie']
    },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: 1_048_576,
    // Longer than any request line: the router would refuse without a problem document, the routes' schemas do better.
    routerOptions: { maxParamLength: 20_000 },
    forceCloseConnections: true
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setValidatorCompiler(createValidatorCompiler())
  await app.register(errorsPlugin)
  await app.register(originPlugin, { allowedHosts: options.allowedHosts })
  await app.register(metricsPlugin)
  await app.register(openApiPlugin, {
    title: options.title,
    description: options.description,
    version: packageJson.version
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })

  // Liveness is shallow on purpose: restarting this process mends no broker. The state of the cluster is health-service's.
  app.get('/livez', { schema: { tags: ['service'], response: { 200: LiveSchema } }, logLevel: 'warn' }, async () => ({
    status: 'ok' as const
  }))
  return app
}
