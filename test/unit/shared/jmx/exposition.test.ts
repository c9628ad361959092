import t from 'tap'
import { toReading } from '#shared/jmx/exporter.ts'
import { parseExposition } from '#shared/jmx/exposition.ts'

const names = new Set(['a_total', 'b'])

t.test('the values of the series that are wanted are read, and no others', async (t) => {
  const cases: [name: string, text: string, expected: Record<string, number>][] = [
    ['comments and others are skipped', '# HELP b b 7\n# TYPE b gauge\nb 1.5\nbb 2\nb_2 3\nab 4\n', { b: 1.5 }],
    ['labels may hold anything', 'a_total{path="a b{}",q="\\"x\\" 9"} 3.0E2\n', { a_total: 300 }],
    ['a timestamp may follow', 'b 12 1700000000000\n', { b: 12 }],
    ['of several sets of labels the first counts', 'b{x="1"} 1\nb{x="2"} 2\n', { b: 1 }],
    ['infinite is a number, NaN is none', 'b +Inf\na_total NaN\n', { b: Number.POSITIVE_INFINITY }],
    ['the last line may lack its end', 'a_total 1\nb 2', { a_total: 1, b: 2 }],
    ['what is no exposition has no values', '<html>b</html>\n\n{"b": 3}\nb\nb x\n', {}],
    ['nothing', '', {}]
  ]
  for (const [name, text, expected] of cases) t.same(Object.fromEntries(parseExposition(text, names)), expected, name)
})

t.test('a missing value of an exporter is null, never 0', async (t) => {
  t.same(toReading(new Map()), {
    requestQueueSize: null,
    handlerIdleRatio: null,
    activeController: null,
    startTime: null,
    counts: new Map()
  })
  t.same(
    toReading(
      new Map([
        ['kafka_network_requestchannel_requestqueuesize', 4],
        ['kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent', 0.75],
        ['kafka_controller_kafkacontroller_activecontrollercount', 1],
        ['kafka_server_replicamanager_underreplicatedpartitions', 7],
        ['process_start_time_seconds', 1767225600.5]
      ])
    ),
    {
      requestQueueSize: 4,
      handlerIdleRatio: 0.75,
      activeController: 1,
      startTime: new Date('2026-01-01T00:00:00.500Z'),
      counts: new Map([
        ['kafka_server_replicamanager_underreplicatedpartitions', 7],
        ['kafka_controller_kafkacontroller_activecontrollercount', 1]
      ])
    }
  )
})
