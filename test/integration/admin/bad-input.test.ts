// Runs alone: it holds that nothing in the cluster changes.
import t from 'tap'
import Value from 'typebox/value'
import { ProblemSchema } from '#shared/contracts/common.ts'
import { ask, everything, independentAdmin, ownTopic } from './service.ts'

t.test('every bad request is answered with a problem that names the field, and changes nothing', async (t) => {
  const kafka = await independentAdmin(t)
  const taken = ownTopic(t, 'taken.x')
  t.equal((await ask('POST', `/api/topics?topicName=${taken}&partitions=1&replicationFactor=3`)).status, 201)
  const spec = { name: 'test-admin-bad', partitions: 1, replicationFactor: 3 }
  const rest = 'partitions=3&replicationFactor=3'
  const bad: { when: string; request: Parameters<typeof ask>; status: number; field: string }[] = [
    {
      when: 'an unknown topic is read',
      request: ['GET', '/api/topics/test-admin-missing'],
      status: 404,
      field: 'topicName'
    },
    {
      when: 'an unknown topic is deleted',
      request: ['DELETE', '/api/topics/test-admin-missing'],
      status: 404,
      field: 'topicName'
    },
    {
      when: '0 partitions',
      request: ['POST', '/api/topics?topicName=test-admin-bad&partitions=0&replicationFactor=3'],
      status: 400,
      field: 'partitions'
    },
    {
      when: 'partitions that are not a number',
      request: ['POST', '/api/topics?topicName=test-admin-bad&partitions=many&replicationFactor=3'],
      status: 400,
      field: 'partitions'
    },
    {
      when: 'RF 4 on 3 brokers',
      request: ['POST', '/api/topics?topicName=test-admin-bad&partitions=3&replicationFactor=4'],
      status: 400,
      field: 'replicationFactor'
    },
    {
      when: 'RF 4 in a dry run',
      request: ['POST', '/api/topics?topicName=test-admin-bad&partitions=3&replicationFactor=4&dryRun=true'],
      status: 400,
      field: 'replicationFactor'
    },
    {
      when: 'RF 4 in a body',
      request: ['POST', '/api/topics', { ...spec, replicationFactor: 4 }],
      status: 400,
      field: 'replicationFactor'
    },
    {
      when: 'a space in the name',
      request: ['POST', `/api/topics?topicName=bad%20name&${rest}`],
      status: 400,
      field: 'topicName'
    },
    {
      when: 'a slash in the name',
      request: ['POST', `/api/topics?topicName=bad%2Fname&${rest}`],
      status: 400,
      field: 'topicName'
    },
    {
      when: 'a name of 250',
      request: ['POST', `/api/topics?topicName=${'a'.repeat(250)}&${rest}`],
      status: 400,
      field: 'topicName'
    },
    { when: 'the name .', request: ['POST', `/api/topics?topicName=.&${rest}`], status: 400, field: 'topicName' },
    { when: 'the name ..', request: ['POST', `/api/topics?topicName=..&${rest}`], status: 400, field: 'topicName' },
    { when: 'no name', request: ['POST', `/api/topics?${rest}`], status: 400, field: 'topicName' },
    {
      when: 'an existing topic',
      request: ['POST', `/api/topics?topicName=${taken}&${rest}`],
      status: 409,
      field: 'topicName'
    },
    {
      when: 'a name that collides',
      request: ['POST', `/api/topics?topicName=${taken.replace('.', '_')}&${rest}`],
      status: 409,
      field: 'topicName'
    },
    {
      when: "one of Kafka's own names",
      request: ['POST', `/api/topics?topicName=__test&${rest}`],
      status: 403,
      field: 'topicName'
    },
    {
      when: "one of Kafka's own topics is deleted",
      request: ['DELETE', '/api/topics/__consumer_offsets'],
      status: 403,
      field: 'topicName'
    },
    { when: 'malformed JSON', request: ['POST', '/api/topics', '{"name": '], status: 400, field: 'body' },
    { when: 'a list as a body', request: ['POST', '/api/topics', []], status: 400, field: 'body' },
    {
      when: 'an unknown body field',
      request: ['POST', '/api/topics', { ...spec, colour: 'red' }],
      status: 400,
      field: 'colour'
    },
    {
      when: 'a number as text',
      request: ['POST', '/api/topics', { ...spec, partitions: '3' }],
      status: 400,
      field: 'partitions'
    },
    {
      when: 'an unknown config name',
      request: ['POST', '/api/topics', { ...spec, configs: { 'retention.days': '7' } }],
      status: 400,
      field: 'configs.retention.days'
    },
    {
      when: 'a config value of the wrong type',
      request: ['POST', '/api/topics', { ...spec, configs: { 'retention.ms': 'week' } }],
      status: 400,
      field: 'configs.retention.ms'
    },
    { when: 'query and body', request: ['POST', '/api/topics?partitions=3', spec], status: 400, field: 'partitions' },
    {
      when: 'an unknown query parameter',
      request: ['POST', `/api/topics?topicName=test-admin-bad&${rest}&colour=red`],
      status: 400,
      field: 'colour'
    },
    {
      when: 'an unknown query parameter of the list',
      request: ['GET', '/api/topics?colour=red'],
      status: 400,
      field: 'colour'
    },
    {
      when: 'a form',
      request: ['POST', '/api/topics', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
      status: 415,
      field: 'body'
    },
    {
      when: 'a catalog with one bad topic',
      request: [
        'POST',
        '/api/catalog/apply',
        { name: 'bad', topics: [spec, { ...spec, name: 'test-admin-bad2', replicationFactor: 4 }] }
      ],
      status: 400,
      field: 'topics.1.replicationFactor'
    },
    {
      when: 'a catalog that names a topic twice',
      request: ['POST', '/api/catalog/apply', { name: 'bad', topics: [spec, spec] }],
      status: 400,
      field: 'topics.1.name'
    }
  ]
  const before = await everything(kafka)
  for (const { when, request, status, field } of bad) {
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
