import { randomUUID } from 'node:crypto'
import { access, constants, mkdir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type RawServerDefault } from 'fastify'
import { type Static, Type } from 'typebox'
import packageJson from '../../package.json' with { type: 'json' }
import { KopsError } from '../errors/catalog.ts'
import { readTlsFiles } from '../tls-files.ts'
import { type AuthConfig, parseAuthentication } from './auth/options.ts'
import { authPlugin } from './auth/plugin.ts'
import { answerClientError } from './client-errors.ts'
import { drainPlugin } from './drain.ts'
import { answerFrameworkError, errorsPlugin } from './errors.ts'
import { boundedLine } from './log-line.ts'
import { standardLog } from './log-stream.ts'
import { metricsPlugin } from './metrics.ts'
import { openApiPlugin } from './openapi.ts'
import { originPlugin } from './origin.ts'
import { rateLimitPlugin } from './rate-limit.ts'
import { compileSerializer } from './serialization.ts'
import { listOf, type ServiceConfig, trustedProxies } from './service-config.ts'
import { ownerOf, type PublicUrls, publicUrlOf, type ServiceId, servicesOf } from './services.ts'
import { type SessionPluginOptions, sessionPlugin } from './session/plugin.ts'
import { followCertificate, parseTls, type TlsConfig } from './tls.ts'
import { createValidatorCompiler } from './validation.ts'

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface CreateAppOptions {
  /** Which of the three services it is; none in tests of the parts that all share. */
  service?: ServiceId
  title: string
  description: string
  /** Where it keeps its state, created if missing; without write access the service is not ready. */
  dataDir?: string
  config: Pick<ServiceConfig, 'KOPS_ALLOWED_HOSTS' | 'KOPS_LOG_LEVEL' | 'KOPS_RATE_LIMIT_PER_MINUTE'> &
    Partial<Pick<ServiceConfig, 'KOPS_TRUSTED_PROXIES'>> &
    AuthConfig &
    TlsConfig &
    PublicUrls
  /** Lets pages of the service call it with a cookie; absent: it has no pages that do. */
  session?: Pick<SessionPluginOptions, 'sessions' | 'cookieName'>
}

const ReadySchema = Type.Object({ status: Type.Literal('ready') }, { additionalProperties: false })
export type Ready = Static<typeof ReadySchema>

const LiveSchema = Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false })
export type Live = Static<typeof LiveSchema>

/**
 * The common base of all services: problem+json errors, Host and Origin checks, roles, rate limits, OpenAPI, metrics,
 * liveness and readiness. Resolves to an app that does not listen yet; the service registers its own plugins and routes on it.
 */
export async function createApp({
  service,
  title,
  description,
  dataDir,
  config,
  session
}: CreateAppOptions): Promise<App> {
  const authentication = parseAuthentication(config)
  const tls = parseTls(config)
  const proxies = trustedProxies(config.KOPS_TRUSTED_PROXIES ?? '')
  const app = Fastify({
    // The types of a TLS server differ in nothing that the app uses.
    ...(tls && ({ https: readTlsFiles(tls).texts } as object)),
    logger: {
      level: config.KOPS_LOG_LEVEL,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      hooks: { streamWrite: boundedLine },
      stream: standardLog
    },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    ...(proxies.length > 0 && { trustProxy: proxies }),
    bodyLimit: 1_048_576,
    // For the whole request to arrive; answers may take longer.
    requestTimeout: 30_000,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
    // Longer than any request line: the router would refuse without a problem document, the routes' schemas do better.
    routerOptions: { maxParamLength: 20_000 },
    // Idle ones only: see drain.ts.
    forceCloseConnections: 'idle'
  }).withTypeProvider<TypeBoxTypeProvider>()

  // Before all others, as its hooks say.
  await app.register(drainPlugin)
  if (tls) {
    const end = followCertificate(app.server, tls)
    app.addHook('onClose', async () => end())
  }
  app.setValidatorCompiler(createValidatorCompiler())
  app.setSerializerCompiler(compileSerializer)
  const services = servicesOf(config)
  await app.register(errorsPlugin, {
    elsewhere: (path) => (service === undefined ? undefined : ownerOf(path, service, services))
  })
  await app.register(originPlugin, {
    allowedHosts: listOf(config.KOPS_ALLOWED_HOSTS),
    publicUrl: service && publicUrlOf(config, service),
    behindTlsProxy: config.KOPS_BEHIND_TLS_PROXY
  })
  await app.register(rateLimitPlugin, {
    // All users of a machine whose container trusts it have one address.
    perMinute: authentication === undefined || authentication.isExempt ? 0 : config.KOPS_RATE_LIMIT_PER_MINUTE
  })
  // Before authentication, which sees a session as the token that it was opened with.
  if (session)
    await app.register(sessionPlugin, {
      ...session,
      secure: tls !== undefined || config.KOPS_BEHIND_TLS_PROXY === true
    })
  await app.register(authPlugin, { authentication, openPaths: ['/docs'] })
  await app.register(metricsPlugin)
  await app.register(openApiPlugin, { service, services, title, description, version: packageJson.version })
  app.addHook('onSend', async (request, reply) => {
    // The answer of another service has its own: the one in that service's log.
    if (!reply.hasHeader('x-request-id')) reply.header('x-request-id', request.id)
  })

  // Liveness is shallow on purpose: restarting this process mends no broker. The state of the cluster is health-service's.
  app.get(
    '/livez',
    {
      schema: {
        tags: ['service'],
        summary: 'Liveness of this process',
        'x-role': 'public',
        response: { 200: LiveSchema }
      },
      logLevel: 'warn'
    },
    async () => ({
      status: 'ok' as const
    })
  )

  // A closing server answers 503 by itself. A cluster that is down leaves the service ready: it is what reports that.
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['service'],
        summary: 'Readiness of this process',
        description: 'Whether it can keep its state. The state of the cluster is in health-service’s GET /api/health.',
        'x-role': 'public',
        response: { 200: ReadySchema }
      },
      logLevel: 'warn'
    },
    async () => {
      if (dataDir !== undefined) await assertWritable(dataDir)
      return { status: 'ready' as const }
    }
  )
  return app
}

/** @throws KopsError storage_unavailable */
async function assertWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (cause) {
    throw new KopsError('storage_unavailable', 'the directory of its state cannot be written', { cause })
  }
}
