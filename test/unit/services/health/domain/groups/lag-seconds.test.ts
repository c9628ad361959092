import t from 'tap'
import { type EndWindow, interpolate, lagSeconds } from '#services/health/domain/groups/lag-seconds.ts'

/** Sweeps at 0 s, 30 s, 60 s, ... */
function windowOf(...ends: number[]): EndWindow {
  return { length: ends.length, timesMs: ends.map((_, nth) => nth * 30_000), ends }
}

t.test('the time at which an offset was the end of the log is interpolated within the window', async (t) => {
  const cases: { name: string; offset: number; ends: number[]; expected: number | null }[] = [
    { name: 'half way between two sweeps', offset: 150, ends: [100, 200], expected: 15_000 },
    { name: 'at a sweep', offset: 200, ends: [100, 200, 300], expected: 30_000 },
    { name: 'at the first sweep', offset: 100, ends: [100, 200], expected: 0 },
    { name: 'older than the window', offset: 99, ends: [100, 200], expected: null },
    { name: 'newer than the window', offset: 200, ends: [100, 200], expected: null },
    {
      name: 'the log stood still, then went on: after the last sweep at that end',
      offset: 100,
      ends: [100, 100, 100, 110],
      expected: 60_000
    },
    { name: 'the log does not move', offset: 100, ends: [100, 100, 100], expected: null },
    { name: 'one sweep is not a window', offset: 100, ends: [100], expected: null },
    { name: 'nothing was seen', offset: 100, ends: [], expected: null },
    { name: 'a burst in the past', offset: 500, ends: [0, 1000, 1000, 1000], expected: 15_000 }
  ]
  for (const { name, offset, ends, expected } of cases) t.equal(interpolate(offset, windowOf(...ends)), expected, name)
})

t.test(
  'the lag in seconds names its method, and is a number or null with a reason (kafka-lag-exporter #111)',
  async (t) => {
    const now = 90_000
    const window = windowOf(100, 200, 300, 400)
    t.same(
      lagSeconds(400, 400, window, now, () => undefined),
      { seconds: 0, method: 'caught_up' }
    )
    t.same(
      lagSeconds(401, 400, window, now, () => undefined),
      { seconds: 0, method: 'caught_up' },
      'never negative'
    )
    t.same(
      lagSeconds(0, 0, windowOf(), now, () => undefined),
      { seconds: 0, method: 'caught_up' },
      'an empty log'
    )
    t.same(
      lagSeconds(250, 400, window, now, () => 5),
      { seconds: 45, method: 'interpolated' },
      'the window goes first'
    )
    t.same(
      lagSeconds(50, 400, window, now, () => 30_000),
      { seconds: 60, method: 'record_timestamp' }
    )
    t.same(
      lagSeconds(50, 400, window, now, () => now + 5000),
      { seconds: 0, method: 'record_timestamp' },
      "a producer's clock"
    )
    for (const unread of [undefined, null]) {
      t.same(
        lagSeconds(50, 400, window, now, () => unread),
        { seconds: null, method: null, reason: 'not_measured' }
      )
    }
    t.same(
      lagSeconds(350, 400, windowOf(100, 300, 300, 400), now, () => undefined),
      { seconds: 15, method: 'interpolated' },
      'sweeps in which nothing was written divide nothing by zero'
    )
  }
)
