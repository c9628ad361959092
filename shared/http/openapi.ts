import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { withExamples } from './openapi-examples.ts'
import { optionalBodyMark } from './validation.ts'

export interface OpenApiOptions {
  title: string
  description: string
  version: string
}

/** The OpenAPI 3.1 document at /docs/json, made from the routes' schemas, and Swagger UI at /docs. */
export const openApiPlugin = fp<OpenApiOptions>(
  async (app, { title, description, version }) => {
    await app.register(swagger, {
      openapi: { openapi: '3.1.0', info: { title, description, version, license: { name: 'MIT', identifier: 'MIT' } } },
      // Schemas under the name that they have in the contracts.
      refResolver: {
        buildLocalReference: (schema, _base, _fragment, index) => String(schema['$id'] ?? `def-${index}`)
      },
      transformObject: (document) => {
        if (!('openapiObject' in document)) return document.swaggerObject
        markOptionalBodies(document.openapiObject.paths ?? {})
        return document.openapiObject
      },
      transform: ({ schema, url }) => ({ schema: schema && withExamples(schema, url), url })
    })
    await app.register(swaggerUi, { routePrefix: '/docs' })
  },
  { name: 'openapi' }
)

/** The generator calls every body required: those that may be left out carry a mark, which goes. */
function markOptionalBodies(paths: object): void {
  for (const operation of Object.values(paths).flatMap((path: object) => Object.values(path))) {
    const { requestBody } = Object(operation)
    const schema: unknown = requestBody?.content?.['application/json']?.schema
    if (typeof schema !== 'object' || schema === null || !(optionalBodyMark in schema)) continue
    requestBody.required = false
    delete schema[optionalBodyMark]
  }
}
