import t from 'tap'
import { engineStatus, toRuntimeError } from '#shared/cluster/compose/engine-error.ts'
import { KopsError } from '#shared/errors/catalog.ts'

t.test('the engine’s message is passed on', async (t) => {
  const refused = Object.assign(new Error('(HTTP code 409) unexpected - '), {
    statusCode: 409,
    json: { message: 'Container 77670e39bd73 is not paused' }
  })
  const error = toRuntimeError('resuming kafka-1', refused)
  t.equal(error.code, 'runtime_failed')
  t.equal(error.message, 'resuming kafka-1: Container 77670e39bd73 is not paused')
  t.equal(error.cause, refused)
  t.equal(engineStatus(refused), 409)
})

t.test('an engine that cannot be reached', async (t) => {
  const cases: [code: string, says: RegExp][] = [
    ['ENOENT', /does not answer/],
    ['ECONNREFUSED', /does not answer/],
    ['EACCES', /does not allow this user/]
  ]
  for (const [code, says] of cases) {
    const cause = Object.assign(new Error(`connect ${code}`), { code, address: '/var/run/docker.sock' })
    t.match(toRuntimeError('reading the containers', cause).message, says, code)
    t.equal(engineStatus(cause), undefined)
  }
})

t.test('an error of the catalog stays unchanged', async (t) => {
  const error = new KopsError('node_not_found', 'kafka-9')
  t.equal(toRuntimeError('starting kafka-9', error), error)
})
