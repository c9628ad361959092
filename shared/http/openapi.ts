import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

export interface OpenApiOptions {
  title: string
  description: string
  version: string
}

/** The OpenAPI 3.1 document at /docs/json, made from the routes' schemas, and Swagger UI at /docs. */
export const openApiPlugin = fp<OpenApiOptions>(
  async (app, { title, description, version }) => {
    await app.register(swagger, {
      openapi: { openapi: '3.1.0', info: { title, description, version, license: { name: 'MIT', identifier: 'MIT' } } }
    })
    await app.register(swaggerUi, { routePrefix: '/docs' })
  },
  { name: 'openapi' }
)
