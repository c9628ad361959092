import t from 'tap'
import { type ExpectedInput, expectedTakeover } from '#services/load-test/domain/drills/consumers/expected.ts'

const cases: (Partial<ExpectedInput> & { when: string; min: number; max: number })[] = [
  { when: 'a killed member is silent until its session ends', loss: 'kill', min: 9, max: 12 },
  {
    when: 'a shorter session ends earlier',
    loss: 'kill',
    sessionTimeoutMs: 6000,
    heartbeatIntervalMs: 600,
    min: 5.4,
    max: 7.6
  },
  { when: 'a pause longer than the session is silence', loss: 'pause', min: 9, max: 12 },
  { when: 'a shorter pause ends by itself', loss: 'pause', holdMs: 4000, min: 4, max: 6 },
  { when: 'a member that leaves tells the coordinator', loss: 'leave', min: 0, max: 2 },
  {
    when: 'a static member that leaves tells nobody, and is back',
    loss: 'leave',
    staticMembership: true,
    holdMs: 2000,
    min: 2,
    max: 7
  },
  { when: 'a static member that is not back in time', loss: 'leave', staticMembership: true, min: 9, max: 12 },
  { when: 'nobody takes over from the only member', loss: 'kill', members: 1, min: 20, max: 25 },
  { when: 'the only member is back before its session ends', loss: 'kill', members: 1, holdMs: 5000, min: 9, max: 12 },
  { when: 'the only member leaves, and is replaced', loss: 'leave', members: 1, holdMs: 5000, min: 5, max: 10 },
  { when: "with KIP-848 the broker's session counts", loss: 'kill', protocol: 'consumer', min: 40, max: 51 },
  { when: 'with KIP-848 others learn by their heartbeats', loss: 'leave', protocol: 'consumer', min: 0, max: 6 }
]

for (const { when, min, max, ...given } of cases) {
  t.test(when, async (t) => {
    const input: ExpectedInput = {
      ...{ loss: 'kill', protocol: 'classic', staticMembership: false, members: 3, holdMs: 20_000 },
      ...{ sessionTimeoutMs: 10_000, heartbeatIntervalMs: 1000 },
      ...given
    }
    t.same(expectedTakeover(input), { min, max })
  })
}
