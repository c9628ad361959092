import t from 'tap'
import { readConfigEntries, readTopicConfigs } from '#shared/kafka/topics/read-configs.ts'
import { plainLink } from '../plain-link.ts'

const signal = new AbortController().signal

const describeConfigs = 32

const plain = { readOnly: false, isSensitive: false, value: '1' }
const configs = [
  {
    ...plain,
    name: 'retention.ms',
    configSource: 1,
    synonyms: [
      { name: 'retention.ms', value: '1', source: 1 },
      { name: 'log.retention.ms', value: '7', source: 4 },
      { name: 'log.retention.hours', value: '168', source: 5 }
    ]
  },
  { ...plain, name: 'password', isSensitive: true, value: 'secret', configSource: 4, synonyms: [] },
  {
    ...plain,
    name: 'min.insync.replicas',
    configSource: 1,
    synonyms: [{ name: 'min.insync.replicas', value: '1', source: 1 }]
  },
  { ...plain, name: 'compression.type', value: undefined, readOnly: true, configSource: 99, synonyms: [] }
]

t.test('settings of many topics come by topic, secrets hidden; a refusal is a warning', async (t) => {
  const refused = { resourceName: 'b', errorCode: 3, errorMessage: 'gone', configs: [] }
  const { link, asked } = plainLink({
    [describeConfigs]: {
      results: [{ resourceName: 'a', errorCode: 0, errorMessage: null, configs }, refused]
    }
  })
  const { value, warnings } = await readTopicConfigs(link, ['a', 'b'], ['retention.ms'], signal)
  t.same(Array.from(value), [
    [
      'a',
      [
        { name: 'retention.ms', value: '1', source: 'dynamic_topic', readOnly: false, sensitive: false },
        { name: 'password', value: null, source: 'static_broker', readOnly: false, sensitive: true },
        { name: 'min.insync.replicas', value: '1', source: 'dynamic_topic', readOnly: false, sensitive: false },
        { name: 'compression.type', value: null, source: 'unknown', readOnly: true, sensitive: false }
      ]
    ]
  ])
  t.same(warnings, [{ code: 'topic_not_found', message: 'Reading the configuration of b: gone', target: 'b' }])
  t.same(asked, [
    [
      describeConfigs,
      [
        [
          { resourceType: 2, resourceName: 'a', configurationKeys: ['retention.ms'] },
          { resourceType: 2, resourceName: 'b', configurationKeys: ['retention.ms'] }
        ],
        false
      ]
    ]
  ])
})

t.test('the default of a setting is the first value that is not an override of the topic', async (t) => {
  const { link, asked } = plainLink({ [describeConfigs]: { results: [{ errorCode: 0, errorMessage: null, configs }] } })
  const entries = await readConfigEntries(link, 'a', signal)
  t.same(
    entries.map(({ name, value, overridden, default: inherited }) => [name, value, overridden, inherited]),
    [
      ['compression.type', null, false, null],
      ['min.insync.replicas', '1', true, null],
      ['password', null, false, null],
      ['retention.ms', '1', true, '7']
    ]
  )
  t.same(entries[3], {
    name: 'retention.ms',
    value: '1',
    source: 'dynamic_topic',
    overridden: true,
    default: '7',
    readOnly: false,
    sensitive: false,
    synonyms: [
      { name: 'retention.ms', value: '1', source: 'dynamic_topic' },
      { name: 'log.retention.ms', value: '7', source: 'static_broker' },
      { name: 'log.retention.hours', value: '168', source: 'default' }
    ]
  })
  t.same(asked, [[describeConfigs, [[{ resourceType: 2, resourceName: 'a', configurationKeys: null }], true]]])
  const { link: refusing } = plainLink({
    [describeConfigs]: { results: [{ errorCode: 3, errorMessage: null, configs: [] }] }
  })
  await t.rejects(readConfigEntries(refusing, 'a', signal), { code: 'topic_not_found' })
})
