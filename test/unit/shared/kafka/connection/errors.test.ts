import {
  MultipleErrors,
  NetworkError,
  ProtocolError,
  ResponseError,
  TimeoutError,
  UserError
} from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import t from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import {
  kafkaErrorName,
  kafkaRefusal,
  protocolErrorOf,
  wholeAnswer,
  wrapKafkaError
} from '#shared/kafka/connection/errors.ts'

const {
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError
} = kafkajs

t.test('error codes of the protocol map to the catalog, with their own names', async (t) => {
  const cases = [
    { number: 36, kafkaError: 'TOPIC_ALREADY_EXISTS', code: 'topic_exists' },
    { number: 3, kafkaError: 'UNKNOWN_TOPIC_OR_PARTITION', code: 'topic_not_found' },
    { number: 17, kafkaError: 'INVALID_TOPIC_EXCEPTION', code: 'topic_name_invalid' },
    { number: 38, kafkaError: 'INVALID_REPLICATION_FACTOR', code: 'replication_factor_invalid' },
    { number: 41, kafkaError: 'NOT_CONTROLLER', code: 'controller_unavailable' },
    { number: 16, kafkaError: 'NOT_COORDINATOR', code: 'coordinator_unavailable' },
    { number: 7, kafkaError: 'REQUEST_TIMED_OUT', code: 'kafka_timeout' },
    { number: 44, kafkaError: 'POLICY_VIOLATION', code: 'kafka_refused' },
    { number: 9999, kafkaError: 'UNKNOWN_SERVER_ERROR', code: 'kafka_refused' }
  ]
  for (const { number, kafkaError, code } of cases) {
    t.equal(kafkaErrorName(number), kafkaError)
    t.match(kafkaRefusal(number, 'Asking'), { code, kafkaError, message: /^Asking: ./ }, kafkaError)
  }
  t.equal(kafkaRefusal(38, 'Creating a', 'RF 4 > 3 brokers').message, 'Creating a: RF 4 > 3 brokers')
})

t.test('whatever a client throws becomes one error of the catalog with its cause', async (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9092'), { code: 'ECONNREFUSED' })
  const protocol = new KafkaJSProtocolError(
    Object.assign(new Error('no'), { type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true })
  )
  const circle = new Error('circle')
  circle.cause = circle
  const cases: { error: unknown; code: string; kafkaError?: string; message?: RegExp }[] = [
    { error: new ProtocolError('TOPIC_ALREADY_EXISTS'), code: 'topic_exists', kafkaError: 'TOPIC_ALREADY_EXISTS' },
    {
      error: new ResponseError(19, 7, { '/topics/0': [40, 'Unknown topic config name: a'] }, {}),
      code: 'config_invalid',
      kafkaError: 'INVALID_CONFIG',
      message: /^Asking: Unknown topic config name: a$/
    },
    { error: protocol, code: 'topic_not_ready', kafkaError: 'NOT_LEADER_OR_FOLLOWER' },
    {
      error: new KafkaJSNumberOfRetriesExceeded(protocol, { retryCount: 5, retryTime: 1 }),
      code: 'topic_not_ready',
      kafkaError: 'NOT_LEADER_OR_FOLLOWER'
    },
    { error: new TimeoutError('Request timed out'), code: 'kafka_timeout' },
    { error: Object.assign(new Error('late'), { name: 'KafkaJSRequestTimeoutError' }), code: 'kafka_timeout' },
    { error: new NetworkError('failed', { cause: refused }), code: 'broker_unreachable', message: /ECONNREFUSED/ },
    { error: new KafkaJSConnectionError('closed'), code: 'broker_unreachable' },
    { error: refused, code: 'broker_unreachable', message: /ECONNREFUSED/ },
    { error: new KafkaJSError('odd'), code: 'internal' },
    { error: circle, code: 'internal' },
    { error: 'a string', code: 'internal' },
    { error: undefined, code: 'internal' }
  ]
  for (const { error, code, kafkaError, message } of cases) {
    const wrapped = wrapKafkaError(error, 'Asking')
    t.match(wrapped, { code, kafkaError, message: message ?? /^Asking/ }, String(error))
    t.equal(wrapped.cause, error)
  }
})

t.test('a connection that is not secure enough names the setting that is probably wrong', async (t) => {
  const tls = (code: string) =>
    new NetworkError('failed', { cause: Object.assign(new Error('no'), { code }) as NodeJS.ErrnoException })
  const login = (name: string) => new NetworkError('failed', { cause: new ProtocolError(name) })
  // Its type declares no parameters.
  const saslError = (message: string): Error => Reflect.construct(KafkaJSSASLAuthenticationError, [message])
  const cases: [error: unknown, code: string, setting: string][] = [
    [tls('SELF_SIGNED_CERT_IN_CHAIN'), 'kafka_tls_failed', 'KOPS_KAFKA_SSL_CA'],
    [tls('CERT_HAS_EXPIRED'), 'kafka_tls_failed', 'KOPS_KAFKA_SSL_CA'],
    [tls('ERR_TLS_CERT_ALTNAME_INVALID'), 'kafka_tls_failed', 'KOPS_BOOTSTRAP_SERVERS'],
    [tls('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'kafka_tls_failed', 'KOPS_KAFKA_SSL_CERT'],
    [tls('ERR_SSL_WRONG_VERSION_NUMBER'), 'kafka_tls_failed', 'KOPS_KAFKA_SECURITY_PROTOCOL'],
    [new UserError('Broker requires TLS.'), 'kafka_tls_failed', 'KOPS_KAFKA_SECURITY_PROTOCOL'],
    [login('SASL_AUTHENTICATION_FAILED'), 'kafka_login_refused', 'KOPS_KAFKA_SASL_PASSWORD'],
    [login('UNSUPPORTED_SASL_MECHANISM'), 'kafka_login_refused', 'KOPS_KAFKA_SASL_MECHANISM'],
    [login('ILLEGAL_SASL_STATE'), 'kafka_login_refused', 'KOPS_KAFKA_SECURITY_PROTOCOL'],
    [saslError('SASL PLAIN authentication failed: no'), 'kafka_login_refused', 'USERNAME'],
    [
      saslError('SASL PLAIN mechanism is not supported by the server'),
      'kafka_login_refused',
      'KOPS_KAFKA_SASL_MECHANISM'
    ],
    [
      new KafkaJSConnectionError('Connection error', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      'kafka_tls_failed',
      'KOPS_KAFKA_SSL_CA'
    ]
  ]
  for (const [error, code, setting] of cases) {
    t.match(wrapKafkaError(error, 'Asking'), { code, message: new RegExp(`^Asking: .*${setting}`) }, setting)
  }
})

t.test('an error of the catalog is not wrapped twice', async (t) => {
  const error = new KopsError('topic_exists', 'It is there')
  t.equal(wrapKafkaError(error, 'Asking'), error)
})

t.test("the broker's answer is found inside its wrappers", async (t) => {
  const wrapped = new MultipleErrors('failed', [
    new NetworkError('gone'),
    new ResponseError(19, 7, { '/topics/0': [36, 'exists'] }, {})
  ])
  t.same(protocolErrorOf(wrapped), { kafkaError: 'TOPIC_ALREADY_EXISTS', message: 'exists' })
  t.equal(protocolErrorOf(new NetworkError('gone')), undefined)
  t.equal(protocolErrorOf('text'), undefined)
})

t.test('a partly refusing answer arrives complete; without an answer the error stays thrown', async (t) => {
  const response = { topics: [{ name: 'a', errorCode: 36 }] }
  const refused = new ResponseError(19, 7, { '/topics/0': [36, 'exists'] }, response)
  t.equal(await wholeAnswer(Promise.resolve(response)), response)
  t.equal(await wholeAnswer(Promise.reject(refused)), response)
  await t.rejects(
    wholeAnswer(Promise.reject(refused), () => true),
    refused
  )
  for (const error of [new NetworkError('gone'), new ResponseError(19, 7, { '/topics/0': [36, null] }, undefined)]) {
    await t.rejects(wholeAnswer(Promise.reject(error)), error)
  }
})
