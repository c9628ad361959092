// Runs alone: it holds that nothing in the cluster changes.
import t from 'tap'
import Value from 'typebox/value'
import { ProblemSchema } from '#shared/contracts/common.ts'
import { ask, everything, independentAdmin, ownTopic } from './service.ts'

type Request = Parameters<typeof ask>

t.test('every bad request is answered with a problem that names the field, and changes nothing', async (t) => {
  const kafka = await independentAdmin(t)
  const taken = ownTopic(t, 'taken.x')
  t.equal((await ask('POST', `/api/topics?topicName=${taken}&partitions=1&replicationFactor=3`)).status, 201)
  const spec = { name: 'test-admin-bad', partitions: 1, replicationFactor: 3 }
  const rest = 'partitions=3&replicationFactor=3'
  const named = 'topicName=test-admin-bad'
  const create = (query: string): Request => ['POST', `/api/topics?${query}`]
  const createFrom = (body: unknown): Request => ['POST', '/api/topics', body]
  const apply = (...topics: object[]): Request => ['POST', '/api/catalog/apply', { name: 'bad', topics }]
  const bad: [when: string, request: Request, status: number, field: string][] = [
    ['an unknown topic is read', ['GET', '/api/topics/test-admin-missing'], 404, 'topicName'],
    ['an unknown topic is deleted', ['DELETE', '/api/topics/test-admin-missing'], 404, 'topicName'],
    ['0 partitions', create(`${named}&partitions=0&replicationFactor=3`), 400, 'partitions'],
    ['partitions that are not a number', create(`${named}&partitions=many&replicationFactor=3`), 400, 'partitions'],
    ['RF 4 on 3 brokers', create(`${named}&partitions=3&replicationFactor=4`), 400, 'replicationFactor'],
    ['RF 4 in a dry run', create(`${named}&partitions=3&replicationFactor=4&dryRun=true`), 400, 'replicationFactor'],
    ['RF 4 in a body', createFrom({ ...spec, replicationFactor: 4 }), 400, 'replicationFactor'],
    ['a space in the name', create(`topicName=bad%20name&${rest}`), 400, 'topicName'],
    ['a slash in the name', create(`topicName=bad%2Fname&${rest}`), 400, 'topicName'],
    ['a name of 250', create(`topicName=${'a'.repeat(250)}&${rest}`), 400, 'topicName'],
    ['the name .', create(`topicName=.&${rest}`), 400, 'topicName'],
    ['the name ..', create(`topicName=..&${rest}`), 400, 'topicName'],
    ['no name', create(rest), 400, 'topicName'],
    ['an existing topic', create(`topicName=${taken}&${rest}`), 409, 'topicName'],
    ['a name that collides', create(`topicName=${taken.replace('.', '_')}&${rest}`), 409, 'topicName'],
    ["one of Kafka's own names", create(`topicName=__test&${rest}`), 403, 'topicName'],
    ["one of Kafka's own topics is deleted", ['DELETE', '/api/topics/__consumer_offsets'], 403, 'topicName'],
    ['malformed JSON', createFrom('{"name": '), 400, 'body'],
    ['a list as a body', createFrom([]), 400, 'body'],
    ['an unknown body field', createFrom({ ...spec, colour: 'red' }), 400, 'colour'],
    ['a number as text', createFrom({ ...spec, partitions: '3' }), 400, 'partitions'],
    [
      'an unknown config name',
      createFrom({ ...spec, configs: { 'retention.days': '7' } }),
      400,
      'configs.retention.days'
    ],
    [
      'a config value of the wrong type',
      createFrom({ ...spec, configs: { 'retention.ms': 'week' } }),
      400,
      'configs.retention.ms'
    ],
    ['query and body', ['POST', '/api/topics?partitions=3', spec], 400, 'partitions'],
    ['an unknown query parameter', create(`${named}&${rest}&colour=red`), 400, 'colour'],
    ['an unknown query parameter of the list', ['GET', '/api/topics?colour=red'], 400, 'colour'],
    ['a form', ['POST', '/api/topics', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }], 415, 'body'],
    [
      'a catalog with one bad topic',
      apply(spec, { ...spec, name: 'test-admin-bad2', replicationFactor: 4 }),
      400,
      'topics.1.replicationFactor'
    ],
    ['a catalog that names a topic twice', apply(spec, spec), 400, 'topics.1.name']
  ]
  const before = await everything(kafka)
  for (const [when, request, status, field] of bad) {
    const answer = await ask(...request)
    t.equal(answer.status, status, when)
    t.equal(answer.headers['content-type'], 'application/problem+json', when)
    t.ok(Value.Check(ProblemSchema, answer.body), when)
    t.match(answer.body['errors'], [{ field }], when)
    t.same(await everything(kafka), before, `${when}: nothing changed`)
  }
})

t.test('a request under another Host, or from a page of another origin, is refused', async (t) => {
  t.equal((await ask('GET', '/api/topics', undefined, { host: 'evil.example' })).status, 421)
  t.equal((await ask('GET', '/api/topics', undefined, { origin: 'http://evil.example' })).status, 403)
})
