import t from 'tap'
import { ago, rounded, span } from '#shared/reports/figures.ts'

t.test('numbers are rounded for readability', async (t) => {
  for (const [value, text] of [
    [0, '0'],
    [950, '950'],
    [999, '999'],
    [1000, '1k'],
    [1250, '1.3k'],
    [9949, '9.9k'],
    [49_120, '49k'],
    [999_499, '999k'],
    [999_950, '1M'],
    [1_234_567, '1.2M'],
    [-49_120, '-49k']
  ] as const) {
    t.equal(rounded(value), text)
  }
})

t.test('durations are shown in a fitting unit', async (t) => {
  for (const [seconds, text] of [
    [0.4, '0 s'],
    [89, '89 s'],
    [90, '2 min'],
    [3540, '59 min'],
    [3600, '1 h'],
    [7500, '2 h 5 min'],
    [86_400 * 3, '3 d']
  ] as const) {
    t.equal(span(seconds), text)
  }
  t.equal(ago('2026-01-31T12:00:00Z', Date.parse('2026-01-31T12:03:00Z')), '3 min ago')
  t.equal(ago('2026-01-31T12:00:05Z', Date.parse('2026-01-31T12:00:00Z')), '0 s ago')
})
