import t from 'tap'
import { ageOf, durationSince, formatTime, parseTime, zoneName } from '../../../../web/format/time.ts'

const at = '2026-01-31T12:34:56.789Z'
const offsetMinutes = -new Date(at).getTimezoneOffset()

t.test('times are shown in the chosen zone, and say it where asked', async (t) => {
  t.equal(formatTime(at, 'utc'), '2026-01-31 12:34:56')
  t.equal(formatTime(at, 'utc', { ms: true, named: true }), '2026-01-31 12:34:56.789 UTC')
  const local = new Date(new Date(at).getTime() + offsetMinutes * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  t.equal(formatTime(at, 'local'), local)
  t.match(zoneName('local', new Date(at)), /^[+-]\d\d:\d\d$/)
  t.equal(formatTime('never', 'utc'), 'never')
})

t.test('what is typed means the zone that is shown, unless it names one', async (t) => {
  const cases: [text: string, zone: 'utc' | 'local', iso: string | undefined][] = [
    ['2026-01-31 12:34', 'utc', '2026-01-31T12:34:00.000Z'],
    [' 2026-01-31T12:34:56.7 ', 'utc', '2026-01-31T12:34:56.700Z'],
    ['2026-01-31', 'utc', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:34:56Z', 'local', '2026-01-31T12:34:56.000Z'],
    ['2026-01-31T12:34:56+02:00', 'utc', '2026-01-31T10:34:56.000Z'],
    ['2026-01-31 12:34', 'local', new Date('2026-01-31T12:34').toISOString()],
    ['yesterday', 'utc', undefined],
    ['2026-13-31 12:34', 'utc', undefined],
    ['', 'utc', undefined]
  ]
  for (const [text, zone, iso] of cases) t.equal(parseTime(text, zone)?.toISOString(), iso, `${text} in ${zone}`)
})

t.test('an age is amber past two intervals, and red past five', async (t) => {
  const cases: [ageMs: number, text: string, level: string][] = [
    [-5000, 'now', 'fresh'],
    [900, 'now', 'fresh'],
    [10_000, '10 s ago', 'fresh'],
    [10_001, '10 s ago', 'stale'],
    [25_000, '25 s ago', 'stale'],
    [25_001, '25 s ago', 'old'],
    [3_700_000, '1 h 1 min ago', 'old']
  ]
  for (const [ageMs, text, level] of cases) t.same(ageOf(0, ageMs, 5000), { text, level }, `${ageMs} ms`)
})

t.test('a duration counts from its beginning, and never backwards', async (t) => {
  t.equal(durationSince('2026-01-31T12:00:00Z', new Date('2026-01-31T12:03:05Z').getTime()), '3 min 5 s')
  t.equal(durationSince('2026-01-31T12:00:00Z', new Date('2026-01-31T11:00:00Z').getTime()), '0 s')
})
