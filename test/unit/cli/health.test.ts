import t from 'tap'
import { printHealth, ranges } from '#cli/print/health.ts'
import { linesOf } from '#cli/watch-health.ts'
import { evaluate } from '#services/health/domain/evaluate.ts'
import type { Alert } from '#shared/contracts/alerts.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { answering, metadata, partition, readings, silent, topic } from '../services/health/plain-cluster.ts'

const at = Date.parse('2026-01-31T12:03:00Z')
const dead = silent(2, new KopsError('broker_unreachable', 'kafka-2: the connection is refused (ECONNREFUSED)'))
const told = metadata([
  topic('lonely', partition(), partition({ partition: 1, leader: null, replicas: [2], isr: [2] })),
  topic('whole', partition())
])
const alert = (name: string, overrides: Partial<Alert> = {}): Alert => ({
  ...{ fingerprint: 'f', name, status: 'firing', severity: 'critical', summary: `${name} fires`, description: null },
  ...{
    runbookUrl: null,
    labels: {},
    startsAt: '2026-01-31T12:01:00Z',
    endsAt: null,
    receivedAt: '2026-01-31T12:03:00Z'
  },
  ...{ silencedBy: [], inhibitedBy: [] },
  ...overrides
})

function page(): string {
  const lines: string[] = []
  const print = (line: string) => void lines.push(line)
  const read = { asOf: new Date('2026-01-31T12:00:00Z'), durationMs: 1, ok: true }
  const parts = new Map([
    ['brokers' as const, read],
    ['logDirs' as const, { ...read, ok: false }]
  ])
  const health = evaluate(readings({ metadata: told, views: [answering(1, told), dead, answering(3, told)], parts }))
  const alerts = [alert('Explained', { inhibitedBy: ['x'] }), alert('Loud')]
  printHealth({ print, error: print }, { health, alerts: { alerts, asOf: null, warnings: [] } }, at)
  return lines.join('\n')
}

t.test('problems come first, with their start and the next step; then what they affect', async (t) => {
  const text = page()
  const places = [
    /^DOWN {2}score \d+ of 100, read 3 min ago/,
    /DOWN {2}1 of 3 partitions has no leader\n {2}for 3 min; next: kops topics list --offline; docs\/runbooks\/kafka-offline-partitions\.md/,
    /DEGRADED {2}kafka-2 does not answer\n {2}for 3 min; next: kops cluster logs kafka-2/,
    /lonely +offline +1 +kafka-2/,
    /Loud +critical +2 min +Loud fires/,
    /Explained +critical, explained/,
    /kafka-2 +no/,
    /logDirs could not be read 3 min ago/
  ].map((pattern) => text.search(pattern))
  t.ok(
    places.every((place) => place >= 0),
    `everything is there: ${places}`
  )
  t.same(
    places,
    places.toSorted((a, b) => a - b),
    'in this order'
  )
})

t.test('partitions next to each other are taken together', async (t) => {
  t.equal(ranges([0, 1, 2, 5, 7, 8]), '0-2,5,7-8')
  t.equal(ranges([0, 1, 2], 40), '0-2,... (40)')
})

t.test('a change is one line', async (t) => {
  const asOf = '2026-01-31T12:00:00Z'
  t.same(linesOf({ event: 'broker', data: { asOf, name: 'kafka-2', status: 'DOWN', previous: 'HEALTHY' } }), [
    `${asOf} kafka-2 DOWN (was HEALTHY)`
  ])
  t.same(linesOf({ event: 'group', data: { asOf, group: 'a\u001b', verdict: 'STOP', previous: 'OK', gone: false } }), [
    `${asOf} group a\\u001b STOP (was OK)`
  ])
})
