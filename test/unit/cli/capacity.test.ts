import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastify from 'fastify'
import t, { type Test } from 'tap'
import { measurementRequest } from '#cli/capacity-request.ts'
import { printCapacity } from '#cli/print/capacity.ts'
import { buildProgram } from '#cli/program.ts'
import { figureOf } from '#services/load-test/domain/capacity/present.ts'
import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { Capacity, Traffic } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement } from '#shared/contracts/capacity-measurement.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { poll } from '#shared/poll.ts'
import { environment, measured } from '../services/load-test/domain/capacity/measured-capacities.ts'

const now = new Date()
const traffic: Traffic = {
  now: { bytesPerSecond: 620_000, recordsPerSecond: 3100, at: now.toISOString() },
  peakDay: { bytesPerSecond: 1_000_000, recordsPerSecond: 5000, since: now.toISOString() },
  peakWeek: null,
  leftOutMinutes: 14,
  unknown: null,
  method: 'counters of the brokers'
}
const given = { now, environment, traffic, unknown: 'not measured yet: kops capacity measure' }
const answer: Capacity = {
  summary: 'Now at 31 % of what it takes.',
  allBrokers: figureOf(measured({ meaning: 'atLeast', measuredAt: now.toISOString() }), given),
  oneBrokerDown: figureOf(measured({ stoppedNode: 'kafka-3', recordsPerSecond: 6600, bytesPerSecond: 1_320_000 }), {
    ...given,
    environment: fingerprintOf({ ...environment.parts, 'broker.num.io.threads': '4' })
  }),
  traffic,
  disks: {
    dirs: [
      {
        ...{ broker: 'kafka-1', dir: '/data', totalBytes: 1e12, usableBytes: 2 ** 30, growthBytesPerDay: 2 ** 20 },
        ...{ fullAt: '2027-03-03T10:00:00.000Z', from: now.toISOString(), points: 600, unknown: null }
      },
      {
        ...{ broker: 'kafka-2', dir: '/data', totalBytes: null, usableBytes: null, growthBytesPerDay: null },
        ...{ fullAt: null, from: null, points: 0, unknown: 'a forecast needs figures of 6 h' }
      }
    ],
    unknown: null,
    method: 'a line by least squares'
  },
  measuring: null,
  asOf: now.toISOString()
}

function printed(answer: Capacity): string {
  const lines: string[] = []
  printCapacity({ print: (line) => void lines.push(line), error: () => {} }, answer, 200)
  return lines.join('\n')
}

t.test('the answer has the sentence, the figures, and how each is known', async (t) => {
  const text = printed(answer)
  t.match(text, /^Now at 31 % of what it takes\.\n/)
  t.match(text, /^all brokers +>= 10,000 +>= 1\.9 MiB +<= 31% +<= 50% +\? +0 s ago +current$/m)
  t.match(text, /^kafka-3 down +6,600 +1\.3 MiB +47% +76% +\? +\d+ \w+.* ago +STALE$/m)
  t.match(text, /^kafka-1 +\/data +1\.0 GiB +1\.0 MiB +2027-03-03 +\d+ s$/m)
  t.match(text, /^kafka-2 +\/data +\? +\? +a forecast needs figures of 6 h +-$/m)
  t.match(text, /Traffic \d+ s ago: 3,100 records\/s, 605\.5 KiB\/s\./)
  t.match(
    text,
    /trials\. Ended: found, 10,500\/s failed\. Run r1, configuration [0-9a-f]{16}; now 31\.0 % by bytes, 31\.0 % by records/
  )
  t.match(text, /One broker down, changed since:\n +broker\.num\.io\.threads 8 -> 4$/m)
  t.match(text, /counters of the brokers; 14 min were left out$/m)
})

t.test('what is not known shows as such', async (t) => {
  const unknown: Traffic = { ...traffic, now: null, peakDay: null, unknown: 'no Prometheus is configured' }
  const text = printed({
    ...answer,
    allBrokers: figureOf(measured(), { ...given, traffic: unknown, environment: fingerprintOf({ brokers: null }) }),
    oneBrokerDown: figureOf(null, given),
    traffic: unknown,
    measuring: 'm1',
    disks: { dirs: [], unknown: 'no broker answers', method: '' }
  })
  t.match(text, /^A measurement is under way: m1$/m)
  t.match(text, /^all brokers +10,000 +1\.9 MiB +\? +\? +\? .* not known$/m)
  t.match(text, /^one broker down +\? +\? +\? +\? +\? +- +not measured$/m)
  t.match(text, /Traffic:\n +no Prometheus is configured; counters/)
  t.match(text, /Disks:\n +no broker answers$/m)
})

const search: Workload = {
  name: 'mine',
  description: 'what it takes',
  topic: { kind: 'temporary', partitions: 6, replicationFactor: 3 },
  rate: { kind: 'search', trialSeconds: 3 },
  producers: 4,
  thresholds: ['errors = 0']
}
t.test('a workload becomes a request without what changes nothing about its load', async (t) => {
  t.same(measurementRequest(search), { topic: search.topic, rate: search.rate, producers: 4 })
  const refused: [Partial<Workload>, RegExp][] = [
    [{ rate: { kind: 'closed' } }, /not a search/],
    [{ topic: { kind: 'existing', name: 'orders' } }, /temporary/],
    [{ records: 5 }, /durationSeconds/],
    [{ verify: true }, /verifies/],
    [{ workers: 2 }, /has load workers/],
    [{ consumers: [{ group: 'g', members: 1 }] }, /has consumers/]
  ]
  for (const [change, message] of refused) {
    t.throws(() => measurementRequest({ ...search, ...change }), { name: 'UsageError', message })
  }
})

const measurement: CapacityMeasurement = {
  ...{ id: 'm1', status: 'searching', node: 'kafka-3', createdAt: now.toISOString(), finishedAt: null },
  ...{ allBrokers: null, oneBrokerDown: null, run: null, links: { self: '/api/capacity/measurements/m1' } },
  timeline: [{ at: now.toISOString(), event: 'topic-created', detail: 'kops-capacity-m1-all' }]
}

/** load-test-service as far as this command sees it. @param end of the measurement; undefined: it goes on until it is cancelled */
async function service(t: Test, end?: Partial<CapacityMeasurement>) {
  const requests: unknown[] = []
  const cancelled: string[] = []
  const app = fastify()
  app.get('/api/capacity', async () => answer)
  app.post('/api/capacity', async ({ body }, reply) => {
    requests.push(body)
    return reply.code(202).send(measurement)
  })
  app.get('/api/capacity/measurements', async () => ({
    measurements: [{ ...measurement, allBrokers: measured(), status: 'failed', failure: 'no rate passed' }]
  }))
  app.delete('/api/capacity/measurements/:id', async ({ params }) => {
    cancelled.push(Object(params).id)
    return { ...measurement, status: 'aborted', finishedAt: now.toISOString(), failure: 'Cancelled on request' }
  })
  app.get('/api/capacity/measurements/:id/events', async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    const send = (event: string, data: object) => reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    send('update', measurement)
    if (end) {
      send('end', { ...measurement, finishedAt: now.toISOString(), ...end })
      reply.raw.end()
    }
  })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const folder = t.testdir()
  await writeFile(join(folder, 'mine.yaml'), JSON.stringify(search))

  async function kops(args: string[], typed?: string) {
    const exitCode = process.exitCode
    process.exitCode = undefined
    const [printed, said]: [string[], string[]] = [[], []]
    const output = { print: (line: string) => void printed.push(line), error: (line: string) => void said.push(line) }
    const program = buildProgram({ output, person: { present: typed !== undefined, ask: async () => typed } })
    try {
      await program.parseAsync(['--state-dir', folder, '--loadtest-url', url, 'capacity', ...args], { from: 'user' })
      return { code: process.exitCode ?? 0, printed: printed.join('\n'), said: said.join('\n') }
    } finally {
      process.exitCode = exitCode
    }
  }
  return { kops, requests, cancelled, file: join(folder, 'mine.yaml') }
}

t.test('the answer is printed as text or as JSON', async (t) => {
  const { kops } = await service(t)
  t.match(await kops([]), { code: 0, printed: /^Now at 31 %/ })
  t.same(JSON.parse((await kops(['--json'])).printed), answer)
  t.match((await kops(['list'])).printed, /m1 +failed .* 10,000 +\? +kafka-3 +no rate passed/)
  t.match((await kops(['stop', 'm1'])).printed, /m1 +aborted .*Cancelled on request/)
})

t.test('a measurement shows what it does, and then the answer', async (t) => {
  const { kops, requests, file } = await service(t, { status: 'completed' })
  const { code, printed, said } = await kops(['measure', file])
  t.equal(code, 0)
  t.match(said, /Measurement m1; Ctrl-C stops it.*\n.*0\.0 s {2}topic-created {2}kops-capacity-m1-all/)
  t.match(printed, /^Now at 31 %/)
  t.same(requests, [{ topic: search.topic, rate: search.rate, producers: 4 }])
})

t.test('one that fails says why, and exits with 1', async (t) => {
  const { kops, file } = await service(t, { status: 'failed', failure: 'no rate passed' })
  t.match(await kops(['measure', file, '--json']), { code: 1, said: 'The measurement has failed: no rate passed' })
})

t.test('a broker is stopped only after its name was typed, or with --yes', async (t) => {
  const { kops, requests, file } = await service(t, { status: 'completed' })
  const measure = ['measure', file, '--one-broker-down', '--node', 'kafka-2']
  await t.rejects(kops(measure), { name: 'UsageError', message: /stops kafka-2 .*--yes/ })
  t.match(await kops(measure, 'kafka-1'), { code: 1, said: /Nothing was started/ })
  t.same(requests, [])
  t.match(await kops(measure, 'kafka-2'), { code: 0 })
  t.match(await kops([...measure, '--yes']), { code: 0 })
  const consent = { oneBrokerDown: true, node: 'kafka-2', confirm: 'kafka-2' }
  t.match(requests, [consent, consent])
})

t.test('Ctrl-C cancels a measurement, and shows what was found', async (t) => {
  const { kops, cancelled, file } = await service(t)
  const listening = process.listenerCount('SIGINT')
  const measuring = kops(['measure', file, '--one-broker-down', '--yes'])
  // Before the command listens, the signal would end the test.
  const listens = () => process.listenerCount('SIGINT') > listening
  await poll(listens, Boolean, { timeoutMs: 10_000, pauseMs: 10 })
  process.emit('SIGINT', 'SIGINT')
  const { code, printed, said } = await measuring
  t.equal(code, 130)
  t.same(cancelled, ['m1'])
  t.match(said, /Stopping; another Ctrl-C leaves it running[\s\S]*has aborted: Cancelled on request/)
  t.match(printed, /^Now at 31 %/)
})
