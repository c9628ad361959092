import t from 'tap'
import { alterationOf, configField } from '#shared/kafka/protocol/incremental-alter-configs.ts'

t.test('the override that a message names is the field', async (t) => {
  const sent = ['retention.ms', 'retention', 'min.insync.replicas']
  const cases = [
    { message: 'Unknown topic config name: retention', field: 'configs.retention' },
    {
      message: 'Invalid value abc for configuration retention.ms: Not a number of type LONG',
      field: 'configs.retention.ms'
    },
    { message: 'Null value not supported for topic configs: retention.ms, x', field: 'configs.retention.ms' },
    { message: 'The value of min.insync.replicas.', field: 'configs.min.insync.replicas' },
    { message: 'Something else', field: 'configs' }
  ]
  for (const { message, field } of cases) t.equal(configField(message, sent), field, message)
})

t.test('a value is set and null takes it away, of a topic or a broker', async (t) => {
  const configs = [
    { name: 'retention.ms', configOperation: 0, value: '1' },
    { name: 'segment.ms', configOperation: 1 }
  ]
  const changes = { 'retention.ms': '1', 'segment.ms': null }
  t.same(alterationOf('topic', 'a', changes), { resourceType: 2, resourceName: 'a', configs })
  t.same(alterationOf('broker', '1', changes), { resourceType: 4, resourceName: '1', configs })
})
