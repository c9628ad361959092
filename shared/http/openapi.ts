import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { optionalBodyMark } from '../contracts/endpoint.ts'
import { withExamples } from './openapi-examples.ts'
import type { Service, ServiceId } from './services.ts'

export interface OpenApiOptions {
  service: ServiceId | undefined
  services: Service[]
  title: string
  description: string
  version: string
}

/** The OpenAPI 3.1 document at /docs/json, generated from the routes' schemas, and Swagger UI at /docs. */
export const openApiPlugin = fp<OpenApiOptions>(
  async (app, { service, services, title, description, version }) => {
    const own = services.find(({ id }) => id === service)
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title,
          description: about(description, own, services),
          version,
          license: { name: 'MIT', identifier: 'MIT' }
        }
      },
      // Schemas under the name that they have in the contracts.
      refResolver: {
        buildLocalReference: (schema, _base, _fragment, index) => String(schema['$id'] ?? `def-${index}`)
      },
      transformObject: (document) => {
        if (!('openapiObject' in document)) return document.swaggerObject
        markOptionalBodies(document.openapiObject.paths ?? {})
        return withServiceLast(document.openapiObject)
      },
      transform: ({ schema, url }) => ({ schema: schema && withExamples(schema, url), url })
    })
    const content = Buffer.from(logoOf(title, own?.colour ?? '#57606a'))
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      logo: { type: 'image/svg+xml', content, href: '/docs', target: '_self' },
      theme: {
        title,
        favicon: [{ filename: 'favicon.svg', rel: 'icon', sizes: 'any', type: 'image/svg+xml', content }]
      }
    })
  },
  { name: 'openapi' }
)

/** The generator marks every body as required: this removes that, and the mark, from optional ones. */
function markOptionalBodies(paths: object): void {
  for (const operation of Object.values(paths).flatMap((path: object) => Object.values(path))) {
    const { requestBody } = Object(operation)
    const schema: unknown = requestBody?.content?.['application/json']?.schema
    if (typeof schema !== 'object' || schema === null || !(optionalBodyMark in schema)) continue
    requestBody.required = false
    delete schema[optionalBodyMark]
  }
}

/** The service's description, its metrics, and the addresses of the other two. */
function about(description: string, own: Service | undefined, services: Service[]): string {
  if (own === undefined) return description
  const others = services.filter((each) => each !== own).map(({ name, url }) => `[${name}](${url}/docs)`)
  return `${description}\n\nIts metrics are at [/metrics](/metrics). The other services: ${others.join(', ')}.`
}

interface Paths {
  paths?: Record<string, unknown>
  tags?: { name: string }[] | undefined
}

/** The tag of routes about the process itself, such as /livez. */
const serviceTag = 'service'

/** The service's purpose comes first, and the routes about its process last. */
function withServiceLast<T extends Paths>(document: T): T {
  const tagsOf = (path: unknown): string[] =>
    Object.values(Object(path)).flatMap((operation) => {
      const { tags }: { tags?: unknown } = Object(operation)
      return Array.isArray(tags) ? tags.map(String) : []
    })
  const paths = Object.entries(document.paths ?? {})
  const isService = ([, path]: [string, unknown]) => tagsOf(path).includes(serviceTag)
  const sorted = [...paths.filter((entry) => !isService(entry)), ...paths.filter(isService)]
  const tags = [...new Set(sorted.flatMap(([, path]) => tagsOf(path)))].map((name) => ({ name }))
  return { ...document, tags, paths: Object.fromEntries(sorted) }
}

/** The service's name on its colour. */
function logoOf(title: string, colour: string): string {
  const width = title.length * 11 + 40
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="40" viewBox="0 0 ${width} 40">` +
    `<rect width="${width}" height="40" rx="6" fill="${colour}"/>` +
    `<text x="20" y="26" font-family="sans-serif" font-size="18" fill="#fff">${title}</text></svg>`
  )
}
