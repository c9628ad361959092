import { NetworkError, ResponseError } from '@platformatic/kafka'
import t from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import { toTopicError } from '#shared/kafka/topics/errors.ts'

const createTopics = 19
const answer = (code: number, message: string | null) =>
  new ResponseError(createTopics, 7, { '/topics/0': [code, message] }, {})

t.test("each of Kafka's refusals names the field that it is about, in Kafka's words", async (t) => {
  const cases: { error: number; words: string | null; code: string; field: string | undefined; kafkaError: string }[] =
    [
      { error: 36, words: 'exists', code: 'topic_exists', field: 'topicName', kafkaError: 'TOPIC_ALREADY_EXISTS' },
      {
        error: 17,
        words: 'collides',
        code: 'topic_name_invalid',
        field: 'topicName',
        kafkaError: 'INVALID_TOPIC_EXCEPTION'
      },
      { error: 3, words: null, code: 'topic_not_found', field: 'topicName', kafkaError: 'UNKNOWN_TOPIC_OR_PARTITION' },
      {
        error: 37,
        words: 'too few',
        code: 'partitions_invalid',
        field: 'partitions',
        kafkaError: 'INVALID_PARTITIONS'
      },
      {
        error: 38,
        words: 'too many',
        code: 'replication_factor_invalid',
        field: 'replicationFactor',
        kafkaError: 'INVALID_REPLICATION_FACTOR'
      },
      {
        error: 40,
        words: 'Unknown topic config name: foo',
        code: 'config_invalid',
        field: 'configs.foo',
        kafkaError: 'INVALID_CONFIG'
      },
      { error: 44, words: 'policy', code: 'kafka_refused', field: undefined, kafkaError: 'POLICY_VIOLATION' },
      { error: 7, words: null, code: 'kafka_timeout', field: undefined, kafkaError: 'REQUEST_TIMED_OUT' },
      { error: 41, words: null, code: 'controller_unavailable', field: undefined, kafkaError: 'NOT_CONTROLLER' }
    ]
  for (const { error, words, code, field, kafkaError } of cases) {
    const problem = toTopicError(answer(error, words), ['foo', 'retention.ms'])
    t.equal(problem.code, code, kafkaError)
    t.equal(problem.kafkaError, kafkaError)
    t.equal(problem.errors?.[0]?.field, field)
    if (words !== null) t.ok(problem.message.includes(words))
  }
})

t.test('an error of the catalog passes, a silence is a timeout', async (t) => {
  const own = new KopsError('cluster_unreachable', 'none')
  t.equal(toTopicError(own), own)
  t.equal(toTopicError(new NetworkError('gone')).code, 'kafka_timeout')
})
