import t from 'tap'
import { Type } from 'typebox'
import { described, type Endpoint } from '#shared/contracts/endpoint.ts'
import { createApp } from '#shared/http/create-app.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { plainConfig } from './plain-config.ts'

const PlanSchema = Type.Object({ name: Type.String(), size: Type.Integer() }, { $id: 'Plan' })
const resize = {
  service: 'admin',
  method: 'PUT',
  path: '/api/things/{name}/size',
  role: 'operator',
  audit: 'thing.resize',
  tag: 'things',
  summary: 'Change the size of a thing',
  params: Type.Object({ name: Type.String({ examples: ['a'] }) }),
  query: Type.Object({ size: Type.Integer({ examples: [2] }) }),
  answers: { 200: described(PlanSchema, 'What would be done'), 201: described(PlanSchema, 'Done') }
} as const satisfies Endpoint

t.test('a route is registered as its record says, and its handler is typed by it', async (t) => {
  const app = await createApp({ title: 'test', description: 'test', config: plainConfig({}) })
  t.teardown(() => app.close())
  app.route({
    ...routeOf(resize),
    handler: async ({ params, query }, reply) => {
      reply.code(201)
      return { name: params.name, size: query.size + 1 }
    }
  })
  app.route({
    ...routeOf({ ...resize, path: '/api/wrong' }),
    // @ts-expect-error the record knows no such answer
    handler: async () => ({ name: 1 })
  })
  const answer = await app.inject({ method: 'PUT', url: '/api/things/a/size?size=2' })
  t.equal(answer.statusCode, 201)
  t.same(answer.json(), { name: 'a', size: 3 }, 'the query is coerced as the record says')
  t.equal((await app.inject({ method: 'PUT', url: '/api/things/a/size' })).statusCode, 400)

  const operation = (await app.inject('/docs/json')).json().paths['/api/things/{name}/size'].put
  t.match(operation, { 'x-role': 'operator', 'x-audit': 'thing.resize', tags: ['things'], summary: resize.summary })
  t.same(Object.keys(operation.responses).sort(), ['200', '201', '4XX', '5XX'])
  t.equal(operation.responses['201'].description, 'Done')
})
