import t from 'tap'
import { permissionsOf } from '#services/admin/routes/caller.ts'
import type { Caller } from '#shared/contracts/caller.ts'
import type { Role } from '#shared/contracts/endpoint.ts'
import type { Route } from '../../../../web/api/routes.ts'
import { refusalFor } from '../../../../web/state/caller.ts'

const callerWith = (role: Role, topics?: string[]): Caller => ({
  ...{ name: 'alice', role, how: 'token', topics: topics ?? null, expiresAt: null, sessionExpiresAt: null },
  permissions: permissionsOf({ role, ...(topics && { topics }) }),
  version: '0.1.0'
})

t.test('what a caller may not do says which role it needs, or that they are limited to topics', async (t) => {
  const cases: [caller: Caller | undefined, route: Route, refusal: string | undefined][] = [
    [callerWith('viewer'), 'GET /api/topics', undefined],
    [callerWith('viewer'), 'GET /api/topics/{topicName}/messages', 'needs reader; you are viewer (alice)'],
    [callerWith('operator'), 'DELETE /api/topics/{topicName}', 'needs admin; you are operator (alice)'],
    [callerWith('admin'), 'DELETE /api/topics/{topicName}', undefined],
    [callerWith('admin', ['orders-*']), 'DELETE /api/topics/{topicName}', undefined],
    [
      callerWith('admin', ['orders-*']),
      'GET /api/audit',
      'concerns more than single topics; you are limited to orders-*'
    ],
    [undefined, 'GET /api/topics', 'who you are is not known yet']
  ]
  for (const [caller, route, refusal] of cases) t.equal(refusalFor(caller, route), refusal, `${caller?.role} ${route}`)
})
