import t from 'tap'
import { endpointKey, formatEndpoint, parseEndpoints } from '#shared/kafka/endpoints.ts'

t.test('lists of host:port are read, from one text or many, each endpoint once', async (t) => {
  const one = { host: 'kafka-1', port: 9092 }
  const two = { host: '127.0.0.1', port: 9093 }
  const cases: [string | string[], { host: string; port: number }[]][] = [
    ['kafka-1:9092', [one]],
    [' kafka-1:9092 , 127.0.0.1:9093,', [one, two]],
    [
      ['kafka-1:9092', '127.0.0.1:9093'],
      [one, two]
    ],
    ['kafka-1:9092,KAFKA-1:9092', [{ host: 'KAFKA-1', port: 9092 }]],
    ['[::1]:9092', [{ host: '::1', port: 9092 }]]
  ]
  for (const [list, expected] of cases) t.same(parseEndpoints(list), expected, JSON.stringify(list))
})

t.test('what is not host:port is refused by name', async (t) => {
  for (const list of [
    '',
    ' , ',
    'kafka-1',
    'kafka-1:',
    ':9092',
    'kafka-1:0',
    'kafka-1:65536',
    'a b:1',
    'http://a:1',
    '::1:9092'
  ]) {
    t.throws(() => parseEndpoints(list), /No host:port is given|is not host:port/, JSON.stringify(list))
  }
})

t.test('localhost and 127.0.0.1 are one host, whatever the case', async (t) => {
  t.equal(endpointKey({ host: 'localhost', port: 1 }), endpointKey({ host: '127.0.0.1', port: 1 }))
  t.equal(endpointKey({ host: 'Kafka-1', port: 1 }), endpointKey({ host: 'kafka-1', port: 1 }))
  t.not(endpointKey({ host: 'kafka-1', port: 1 }), endpointKey({ host: 'kafka-1', port: 2 }))
})

t.test('an endpoint is written as it is read', async (t) => {
  for (const text of ['kafka-1:9092', '[::1]:9092']) t.same(parseEndpoints(text).map(formatEndpoint), [text])
})
