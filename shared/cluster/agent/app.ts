import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type RawServerDefault } from 'fastify'
import { errorsPlugin } from '../../http/errors.ts'
import { createValidatorCompiler } from '../../http/validation.ts'

export type AgentApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/**
 * The agent's HTTP interface, without its routes yet, to be served on a unix socket only: who may open the socket may drive
 * the cluster, so there is no check of hosts and origins as the services have it.
 * @param logLevel pino's; `silent` in tests
 */
export async function createAgentApp(logLevel: string): Promise<AgentApp> {
  const app = Fastify({
    logger: { level: logLevel },
    genReqId: () => randomUUID(),
    bodyLimit: 65_536,
    forceCloseConnections: true
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(createValidatorCompiler())
  await app.register(errorsPlugin)
  return app
}
