import fc from 'fast-check'
import t from 'tap'
import type { Analytics } from '#apps/analytics/definition.ts'
import { createAnalyticsProcessor, lateHeaders } from '#apps/analytics/domain/processor.ts'
import type { Windows } from '#apps/analytics/domain/windows.ts'
import type { ThresholdAlert, WindowResult } from '#shared/contracts/analytics.ts'
import { parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import type { ProcessorOutput } from '#shared/streams/tasks/port.ts'
import { deliveryOf } from './deliveries.ts'
import { type OracleEvent, oracle } from './oracle.ts'

const topics = {
  ...{ events: 'events', metrics: 'metrics', alerts: 'alerts', late: 'late' },
  ...{ deadLetters: 'events.dlq', changelog: 'changelog' }
}
const partition = 3
const now = Date.UTC(2026, 0, 1)
const start = now - 3_600_000

function definitionOf(windows: Partial<Windows>[], more: Partial<Analytics> = {}) {
  const all = windows.map((each, nth) => ({
    ...{ name: `w${nth}`, window: { kind: 'tumbling' as const, sizeMs: 60_000 }, latenessMs: 0 },
    ...{ where: [], groupBy: ['event_type'], alerts: [] },
    aggregates: [{ name: 'events', function: 'count' as const }],
    ...each
  }))
  return { name: 'kops-a', topics, disorderMs: 1000, futureMs: 60_000, idleMs: undefined, windows: all, ...more }
}

const textOf = ({ timestampMs, fields }: Omit<OracleEvent, 'offset'>, id = 'e') =>
  JSON.stringify({ event_id: id, timestamp: new Date(timestampMs).toISOString(), ...fields })

const parsed = <T>(output: readonly ProcessorOutput[], topic: string): T[] =>
  output.filter((each) => each.topic === topic).map(({ value }) => JSON.parse(String(value)))

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
const sorted = <T>(items: readonly T[]) => items.toSorted(byText)

/** Results as the oracle has them. */
function outcomeOf(output: readonly ProcessorOutput[]) {
  const plain = ({ windows, start, end, group, values }: WindowResult) => {
    return { windows, start: Date.parse(start), end: Date.parse(end), group, values }
  }
  return {
    results: sorted(parsed<WindowResult>(output, 'metrics').map(plain)),
    alerts: sorted(
      parsed<ThresholdAlert>(output, 'alerts').map((each) => ({ ...plain(each), alert: each.alert, value: each.value }))
    ),
    late: sorted(
      output
        .filter(({ topic }) => topic === 'late')
        .map(({ headers = [] }) => {
          const text = (name: string) => String(headers.find(([each]) => each === name)?.[1])
          return [Number(text(lateHeaders.offset)), text(lateHeaders.windows)]
        })
    )
  }
}

const kinds = fc.oneof(
  fc.record({ kind: fc.constant('tumbling' as const), sizeMs: fc.integer({ min: 1, max: 40 }) }),
  fc
    .record({ sizeMs: fc.integer({ min: 1, max: 60 }), parts: fc.integer({ min: 1, max: 5 }) })
    .map(({ sizeMs, parts }) => ({
      kind: 'hopping' as const,
      sizeMs,
      everyMs: Math.max(1, Math.floor(sizeMs / parts))
    })),
  fc.record({ kind: fc.constant('session' as const), gapMs: fc.integer({ min: 1, max: 30 }) })
)

const windowsArbitrary = fc
  .record({
    window: kinds,
    latenessMs: fc.integer({ min: 0, max: 40 }),
    isGrouped: fc.boolean(),
    where: fc.constantFrom([], [['event_type', ['a', 'b']]] as Windows['where']),
    threshold: fc.integer({ min: 0, max: 20 })
  })
  .map(
    ({ window, latenessMs, isGrouped, where, threshold }): Partial<Windows> => ({
      ...{ window, latenessMs, where, groupBy: isGrouped ? ['event_type'] : [] },
      aggregates: [
        { name: 'events', function: 'count' },
        ...(['sum', 'min', 'max', 'mean'] as const).map((name) => ({ name, function: name, field: 'amount' }))
      ],
      alerts: [
        { name: 'much', aggregate: 'sum', condition: 'above', threshold, at: 'close', severity: 'warning' },
        // What a session is, while it is open, may change by an event that joins two.
        ...(window.kind === 'session'
          ? []
          : [
              {
                name: 'soon',
                aggregate: 'events',
                condition: 'above' as const,
                threshold: 2,
                at: 'update' as const,
                severity: 'info' as const
              }
            ]),
        { name: 'little', aggregate: 'mean', condition: 'below', threshold, at: 'close', severity: 'critical' }
      ]
    })
  )

const events = fc.array(
  fc.record({
    timestampMs: fc.integer({ min: 0, max: 300 }).map((offset) => start + offset),
    fields: fc.oneof(
      fc.record({ event_type: fc.constantFrom('a', 'b', 'c'), amount: fc.integer({ min: -50, max: 50 }) }),
      fc.record({ event_type: fc.constantFrom('a', 'b', 'c') })
    )
  }),
  { minLength: 10, maxLength: 80 }
)

t.test('whatever is killed wherever, committed results are those of a batch computation over the log', async (t) => {
  let closed = 0
  let kills = 0
  fc.assert(
    fc.property(
      fc.array(windowsArbitrary, { minLength: 1, maxLength: 3 }),
      events,
      fc.integer({ min: 0, max: 40 }),
      // The length of each batch, and what becomes of it: committed, lost with its process, or committed before the process is.
      fc.array(
        fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom('commit', 'commit', 'lose', 'commit and die')),
        {
          minLength: 1
        }
      ),
      fc.boolean(),
      (windows, unnumbered, disorderMs, fates, isCompacted) => {
        const definition = definitionOf(windows, { disorderMs })
        const log = unnumbered.map((event, offset) => ({ ...event, offset }))
        const committed: ProcessorOutput[] = []
        const begin = () => {
          const processor = createAnalyticsProcessor({ ...definition, partition })
          const kept = committed.filter(({ topic }) => topic === 'changelog')
          const latest = new Map(kept.map((record) => [String(record.key), record]))
          const changes = isCompacted ? Array.from(latest.values()) : kept
          for (const { key, value } of changes) {
            processor.restore(Buffer.from(key ?? []), value && Buffer.from(value))
          }
          return processor
        }
        let processor = begin()
        let offset = 0
        for (let nth = 0; offset < log.length; nth += 1) {
          // A process that is lost again and again would never end.
          const [length, fate] = nth < 200 ? (fates[nth % fates.length] ?? [1, 'commit']) : [5, 'commit']
          const batch = log.slice(offset, offset + length)
          offset += batch.length
          processor.process(
            deliveryOf(
              partition,
              batch.map((event) => ({ offset: event.offset, value: textOf(event) }))
            ),
            now
          )
          if (fate !== 'lose') committed.push(...processor.take(offset))
          if (fate === 'commit') continue
          kills += 1
          processor = begin()
          offset = processor.position ?? 0
        }
        const expected = oracle(definition, log)
        closed += expected.results.length
        const found = outcomeOf(committed)
        const alerts = expected.alerts.map(({ windows, start, end, group, values, alert, value }) => {
          return { windows, start, end, group, values, alert, value }
        })
        const wanted = { results: sorted(expected.results), alerts: sorted(alerts), late: sorted(expected.late) }
        if (JSON.stringify(found) !== JSON.stringify(wanted)) {
          throw new Error(`found ${JSON.stringify(found, null, 1)}\nwanted ${JSON.stringify(wanted, null, 1)}`)
        }
      }
    ),
    { numRuns: 400, seed: 14 }
  )
  t.ok(closed > 1000 && kills > 500, `${closed} windows, ${kills} kills`)
})

const isDead = (output: readonly ProcessorOutput[]) =>
  output
    .filter(({ topic }) => topic === topics.deadLetters)
    .map(({ headers = [] }) => {
      const copied = headers.map(([name, value]): [string, Buffer | null] => [name, value && Buffer.from(value)])
      return parseDeadLetter(copied)
    })

t.test('what breaks the schema is a dead letter, and counts nowhere', async (t) => {
  const aggregates: Windows['aggregates'] = [{ name: 'sum', function: 'sum', field: 'data.amount' }]
  const processor = createAnalyticsProcessor({ ...definitionOf([{ aggregates, groupBy: ['data.user'] }]), partition })
  const valid = { event_id: '1', event_type: 'a', timestamp: '2025-12-31T23:00:00Z' }
  const cases: [value: string | null, errorClass: string, message: RegExp][] = [
    ['{', 'SyntaxError', /JSON/],
    [null, 'InvalidEvent', /no value/],
    ['[]', 'InvalidEvent', /an event is a JSON object/],
    ['"text"', 'InvalidEvent', /an event is a JSON object/],
    [JSON.stringify({ ...valid, event_id: undefined }), 'InvalidEvent', /event_id is required/],
    [JSON.stringify({ ...valid, event_id: 7 }), 'InvalidEvent', /event_id must be a text that is not empty, and is 7/],
    [JSON.stringify({ ...valid, event_type: '' }), 'InvalidEvent', /event_type must be a text/],
    [JSON.stringify({ ...valid, timestamp: undefined }), 'InvalidEvent', /timestamp is required/],
    [JSON.stringify({ ...valid, timestamp: 1767222000 }), 'InvalidEvent', /timestamp must be a time such as/],
    [JSON.stringify({ ...valid, timestamp: '2026-02-30T00:00:00Z' }), 'InvalidEvent', /timestamp must be a time/],
    [JSON.stringify({ ...valid, timestamp: '2026-01-01T00:00:00' }), 'InvalidEvent', /timestamp must be a time/],
    [
      JSON.stringify({ ...valid, timestamp: '2026-01-01T00:01:01Z' }),
      'InvalidEvent',
      /further in the future than 60000 ms/
    ],
    [JSON.stringify({ ...valid, timestamp: '+275760-09-13T00:00:00Z' }), 'InvalidEvent', /timestamp must be a time/],
    [JSON.stringify({ ...valid, data: { amount: '7' } }), 'InvalidEvent', /data.amount must be a number, and is "7"/],
    [
      `{"event_id":"1","event_type":"a","timestamp":"2025-12-31T23:00:00Z","data":{"amount":1e999}}`,
      'InvalidEvent',
      /data.amount must be a number/
    ],
    [
      JSON.stringify({ ...valid, data: { user: 'x'.repeat(1001) } }),
      'InvalidEvent',
      /data.user must have at most 1000 characters/
    ],
    [JSON.stringify({ ...valid, data: { user: {} } }), 'InvalidEvent', /data.user must be a text, a number/]
  ]
  const headers: [string, Buffer][] = [['trace', Buffer.from('x')]]
  processor.process(
    deliveryOf(
      partition,
      cases.map(([value], offset) => ({ offset, value, key: `k${offset}`, headers }))
    ),
    now
  )
  t.equal(processor.watermarkMs, Number.NEGATIVE_INFINITY, 'none of them moves the watermark')
  t.equal(processor.openWindows, 0)
  const output = processor.take(cases.length)
  const letters = isDead(output)
  for (const [nth, [value, errorClass, message]] of cases.entries()) {
    const letter = letters[nth]
    t.match(letter, { errorClass, topic: 'events', partition, offset: nth, group: 'kops-a' }, value ?? 'no value')
    t.match(letter?.message, message)
    t.equal(String(output[nth]?.value), String(value), 'with its value')
    t.equal(String(output[nth]?.key), `k${nth}`)
    t.ok(output[nth]?.headers?.some(([name, bytes]) => name === 'trace' && String(bytes) === 'x'))
  }
})

t.test('events that are further ahead than allowed do not close the windows of the others', async (t) => {
  const processor = createAnalyticsProcessor({ ...definitionOf([{}]), partition })
  const event = (timestampMs: number) => textOf({ timestampMs, fields: { event_type: 'a' } })
  const times = [now - 10_000, now + 3_600_000, now + 59_000, now + 60_001]
  processor.process(
    deliveryOf(
      partition,
      times.map((at, offset) => ({ offset, value: event(at) }))
    ),
    now
  )
  const output = processor.take(4)
  t.equal(isDead(output).length, 2)
  t.equal(processor.watermarkMs, now + 58_000, 'within the allowed time they count')
  t.same(
    parsed<WindowResult>(output, 'metrics').map(({ start, values }) => [start, values]),
    [['2025-12-31T23:59:00.000Z', { events: 1 }]]
  )
})

t.test('a partition that is silent goes on with the wall clock, where that is asked for', async (t) => {
  const event = { offset: 0, value: textOf({ timestampMs: now - 60_000, fields: { event_type: 'a' } }) }
  const idle = createAnalyticsProcessor({ ...definitionOf([{}], { idleMs: 30_000 }), partition })
  const patient = createAnalyticsProcessor({ ...definitionOf([{}]), partition })
  for (const processor of [idle, patient]) {
    processor.process(deliveryOf(partition, [event]), now)
    t.notOk(processor.idle(now + 29_000, 29_000))
  }
  t.notOk(patient.idle(now + 3_600_000, 3_600_000))
  t.ok(idle.idle(now + 40_000, 40_000))
  t.equal(idle.watermarkMs, now + 9000)
  t.equal(parsed(idle.take(1), 'metrics').length, 1)
})

t.test('sessions that become one raise no alert that one of them has raised', async (t) => {
  const window = { kind: 'session' as const, gapMs: 10_000 }
  const alerts: Windows['alerts'] = [
    { name: 'many', aggregate: 'events', condition: 'above', threshold: 1, at: 'update', severity: 'info' }
  ]
  const processor = createAnalyticsProcessor({
    ...definitionOf([{ window, alerts }], { disorderMs: 60_000 }),
    partition
  })
  const at = [0, 1, 15, 16, 8].map((seconds) => now - 60_000 + seconds * 1000)
  const values = at.map((timestampMs, offset) => ({
    offset,
    value: textOf({ timestampMs, fields: { event_type: 'a' } })
  }))
  processor.process(deliveryOf(partition, values), now)
  t.same(
    parsed<ThresholdAlert>(processor.take(5), 'alerts').map(({ start, value }) => [start, value]),
    [
      ['2025-12-31T23:59:00.000Z', 2],
      ['2025-12-31T23:59:15.000Z', 2]
    ]
  )
})

t.test('a late event keeps its value, key and headers', async (t) => {
  const processor = createAnalyticsProcessor({
    ...definitionOf([{}, { name: 'patient', latenessMs: 600_000 }]),
    partition
  })
  const value = (timestampMs: number) => textOf({ timestampMs, fields: { event_type: 'a' } })
  const late = {
    offset: 1,
    value: value(now - 300_000),
    key: 'k',
    headers: [['trace', Buffer.from('x')]] as [string, Buffer][]
  }
  processor.process(deliveryOf(partition, [{ offset: 0, value: value(now) }, late]), now)
  const [found, ...others] = processor.take(2).filter(({ topic }) => topic === 'late')
  t.same(others, [])
  t.equal(String(found?.value), late.value)
  t.equal(String(found?.key), 'k')
  t.same(
    found?.headers?.map(([name, bytes]) => [name, String(bytes)]),
    [
      ['trace', 'x'],
      ['kops.late.windows', 'w0'],
      ['kops.late.watermark', '2025-12-31T23:59:59.000Z'],
      ['kops.late.topic', 'events'],
      ['kops.late.partition', '3'],
      ['kops.late.offset', '1']
    ]
  )
})

t.test('state of windows that are computed otherwise now is removed, and none of it counts', async (t) => {
  const before = createAnalyticsProcessor({ ...definitionOf([{}]), partition })
  const value = (timestampMs: number) => textOf({ timestampMs, fields: { event_type: 'a' } })
  before.process(deliveryOf(partition, [{ offset: 0, value: value(now - 30_000) }]), now)
  const changes = before.take(1).filter(({ topic }) => topic === 'changelog')
  const window = { kind: 'tumbling' as const, sizeMs: 30_000 }
  const restored = (windows: Partial<Windows>) => {
    const processor = createAnalyticsProcessor({ ...definitionOf([windows]), partition })
    for (const { key, value } of changes) processor.restore(Buffer.from(key ?? []), value && Buffer.from(value))
    return processor
  }
  const same = restored({ latenessMs: 5000 })
  t.same([same.openWindows, same.discarded, same.position], [1, 0, 1], 'another lateness is no other meaning')
  const other = restored({ window })
  t.same([other.openWindows, other.discarded, other.position], [0, 1, 1])
  const tombstones = other.take(1).filter(({ value }) => value === null)
  t.same(
    tombstones.map(({ key }) => String(key)),
    changes.slice(0, 1).map(({ key }) => String(key))
  )
})
