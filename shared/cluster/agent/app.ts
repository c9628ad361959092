import { randomUUID } from 'node:crypto'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import type { App } from '../../http/create-app.ts'
import { errorsPlugin } from '../../http/errors.ts'
import { boundedLine } from '../../http/log-line.ts'
import { standardLog } from '../../http/log-stream.ts'
import { createValidatorCompiler } from '../../http/validation.ts'

/**
 * The agent's HTTP interface, without its routes, for a unix socket only: whoever may open the socket may use its
 * verbs, so it does not check hosts and origins as the services do.
 * @param logLevel pino's; `silent` in tests
 */
export async function createAgentApp(logLevel: string): Promise<App> {
  const app = Fastify({
    logger: { level: logLevel, hooks: { streamWrite: boundedLine }, stream: standardLog },
    genReqId: () => randomUUID(),
    bodyLimit: 65_536,
    forceCloseConnections: true
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(createValidatorCompiler())
  await app.register(errorsPlugin)
  return app
}
