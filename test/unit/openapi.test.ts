import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t from 'tap'
import { Type } from 'typebox'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { errorCatalog } from '#shared/errors/catalog.ts'
import { type Operation, operationsOf, routesOf } from './documents.ts'
import { buildNowhere, serviceNames } from './services-without-cluster.ts'

const apps = {
  admin: await buildNowhere(t, 'admin'),
  health: await buildNowhere(t, 'health'),
  loadTest: await buildNowhere(t, 'loadTest')
}

type Content = NonNullable<Operation['responses'][string]['content']>

for (const name of serviceNames) {
  t.test(`the document of ${name} has every route, with its role, its summary and its errors`, async (t) => {
    const app = apps[name]
    const operations = operationsOf(app)
    t.same(operations.map(({ method, path }) => `${method} ${path}`).sort(), routesOf(app).sort())

    for (const { method, path, operation } of operations) {
      const where = `${method} ${path}`
      t.ok(operation['x-role'], `${where} has a role`)
      t.ok(operation.summary, `${where} has a summary`)
      if (operation['x-role'] === 'public') continue
      const problems = ['4XX', '5XX'].map((status) => operation.responses[status]?.content)
      t.ok(
        problems.every((content) => content && 'application/problem+json' in content),
        `${where} says how it refuses`
      )
      if (name !== 'health' && method !== 'GET') t.ok(operation['x-audit'], `${where} is audited under a name`)
    }
  })

  t.test(`the document of ${name} has examples of every request and answer, and they fit their schemas`, async (t) => {
    const app = apps[name]
    const ajv = new Ajv2020({ strict: false, allErrors: true, code: { optimize: false } })
    formats.default(ajv)
    const document: object = JSON.parse(JSON.stringify(app.swagger()))
    ajv.addSchema({ ...document, $id: 'document' })
    // Many places have the same schema, those of problems above all: each is compiled where it is met first.
    const validators = new Map<string, ValidateFunction>()
    const validatorOf = (schemaAt: string) => {
      const text = JSON.stringify(at(document, schemaAt))
      const validate = validators.get(text) ?? ajv.compile({ $ref: `document#${schemaAt}` })
      validators.set(text, validate)
      return validate
    }

    for (const { method, path, operation } of operationsOf(app)) {
      const where = `${method} ${path}`
      const place = `/paths/${pointer(path)}/${method.toLowerCase()}`
      const fits = (schemaAt: string, example: unknown, what: string) => {
        const validate = validatorOf(schemaAt)
        const valid = validate(example)
        t.ok(valid, `${where}: the example of ${what} fits its schema`, { example, errors: validate.errors })
      }

      for (const [index, parameter] of (operation.parameters ?? []).entries()) {
        if (parameter.required) t.ok('example' in parameter, `${where} has an example of ${parameter.name}`)
        if ('example' in parameter) fits(`${place}/parameters/${index}/schema`, parameter.example, parameter.name)
      }
      const contents: [at: string, what: string, content: Content][] = Object.entries(operation.responses).map(
        ([status, { content = {} }]) => [`${place}/responses/${status}/content`, status, content]
      )
      const body = operation.requestBody?.content
      if (body) contents.push([`${place}/requestBody/content`, 'its body', body])
      for (const [contentAt, what, content] of contents) {
        for (const [type, media] of Object.entries(content)) {
          const examples = media.examples
            ? Object.values(media.examples).map(({ value }) => value)
            : 'example' in media
              ? [media.example]
              : []
          t.ok(examples.length > 0, `${where} has an example of ${what}`)
          for (const example of examples) fits(`${contentAt}/${pointer(type)}/schema`, example, what)
        }
      }
    }
  })

  t.test(`the errors in the document of ${name} are those of the catalog`, async (t) => {
    const app = apps[name]
    const catalog: Record<string, { status: number; title: string; retriable: boolean }> = errorCatalog
    for (const { method, path, operation } of operationsOf(app)) {
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        for (const [code, { value }] of Object.entries(content['application/problem+json']?.examples ?? {})) {
          t.match(value, { code, ...catalog[code] }, `${method} ${path}: ${code}`)
          t.equal(String(Object(value).status)[0], status[0], `${method} ${path}: ${code} stands under ${status}`)
        }
      }
    }
  })

  t.test(`${name} accepts the examples of its own document`, async (t) => {
    const app = apps[name]
    for (const { method, path, operation } of operationsOf(app)) {
      // It continues for as long as somebody listens, even without a cluster.
      if (path === '/api/health/stream') continue
      const parameters = (operation.parameters ?? []).filter((parameter) => 'example' in parameter)
      const url = parameters
        .filter((parameter) => parameter.in === 'path')
        .reduce((url, { name, example }) => url.replace(`{${name}}`, encodeURIComponent(String(example))), path)
      const query = new URLSearchParams(
        parameters
          .filter((parameter) => parameter.in === 'query')
          .map(({ name, example }): [string, string] => [name, String(example)])
      )
      const json = operation.requestBody?.content['application/json']
      for (const body of json ? examplesOf(json) : [undefined]) {
        // Only one of body and query gives what both could.
        const search = body === undefined || operation.requestBody?.required ? `?${query}` : ''
        const response = await app.inject({
          method,
          url: url + search,
          ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
        })
        t.not(response.statusCode, 400, `${method} ${url}${search}: ${response.body.slice(0, 300)}`)
      }
    }
  })

  t.test(`${name} registers every endpoint whose record names it, and no route without a record`, async (t) => {
    const app = apps[name]
    const recorded = Object.values<Endpoint>(endpoints).filter(({ service }) => service === name)
    const registered = routesOf(app).filter((route) => !['GET /livez', 'GET /readyz'].includes(route))
    t.same(registered.sort(), recorded.map(({ method, path }) => `${method} ${path}`).sort())
  })
}

t.test('records are consistent: one per method and path, and every path parameter is described', async (t) => {
  const records = Object.entries<Endpoint>(endpoints)
  const routes = records.map(([, { service, method, path }]) => `${service} ${method} ${path}`)
  t.same(routes, [...new Set(routes)])
  for (const [name, { path, params = Type.Object({}), service, method, audit }] of records) {
    const named = Array.from(path.matchAll(/\{(\w+)\}/g), ([, parameter]) => parameter)
    t.same(Object.keys(Object(params).properties), named, `${name}: ${path}`)
    t.equal(
      audit !== undefined,
      service !== 'health' && method !== 'GET',
      `${name}: mutations of admin-service and load-test-service have an audit name`
    )
  }
})

function examplesOf({ example, examples }: Content[string]): unknown[] {
  return examples ? Object.values(examples).map(({ value }) => value) : example === undefined ? [] : [example]
}

/** What a JSON pointer, as the fragment of a URI, leads to. */
function at(document: unknown, fragment: string): unknown {
  const parts = fragment.slice(1).split('/')
  const found = parts.reduce(
    (value: unknown, part) => Object(value)[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')],
    document
  )
  if (found === undefined) throw new Error(`${fragment} leads nowhere`)
  return found
}

/** A part of a JSON pointer (RFC 6901) in the fragment of a URI. */
function pointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}
