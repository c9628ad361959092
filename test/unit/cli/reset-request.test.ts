import t from 'tap'
import { offsetTarget, type ResetChoice, resetRequest } from '#cli/reset-request.ts'
import type { ResetOffsets } from '#shared/contracts/group-changes.ts'

const requests: [ResetChoice, ResetOffsets][] = [
  [{ toEarliest: true }, { to: 'earliest' }],
  [
    { toLatest: true, topic: [{ topic: 'a' }] },
    { to: 'latest', topics: [{ topic: 'a' }] }
  ],
  [{ toTime: '2026-01-31T12:00:00.000Z' }, { to: 'timestamp', timestamp: '2026-01-31T12:00:00.000Z' }],
  [{ back: 60_000 }, { to: 'durationBack', durationMs: 60_000 }],
  [{ shiftBy: 0 }, { to: 'shiftBy', shiftBy: 0 }],
  [{ toOffset: offsetTarget('a:0=12') }, { to: 'offsets', offsets: [{ topic: 'a', partition: 0, offset: 12 }] }]
]
for (const [choice, request] of requests) {
  t.test(`${Object.keys(choice)[0]} becomes ${request.to}`, async (t) => t.strictSame(resetRequest(choice), request))
}

t.test('no target, two targets, and topics together with offsets are refused', async (t) => {
  t.throws(() => resetRequest({}), { name: 'UsageError' })
  t.throws(() => resetRequest({ toEarliest: true, back: 1 }), { name: 'UsageError' })
  t.throws(() => resetRequest({ toOffset: offsetTarget('a:0=1'), topic: [{ topic: 'a' }] }), { name: 'UsageError' })
  t.throws(() => offsetTarget('a=1'), { code: 'commander.invalidArgument' })
})
