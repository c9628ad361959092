import t from 'tap'
import type { NamedReport } from '#services/load-test/domain/drills/consumers/deliveries.ts'
import type { GroupSighting } from '#services/load-test/domain/drills/consumers/group.ts'
import type { BrokenMember } from '#services/load-test/domain/drills/consumers/members.ts'
import {
  goneAtMs,
  type MembersWindow,
  membersEvidence
} from '#services/load-test/domain/drills/consumers/members-evidence.ts'
import { delivered } from './histories.ts'

const broken = (loss: BrokenMember['loss']): BrokenMember => ({
  ...{
    member: 'a',
    fromMs: 1000,
    untilMs: loss === 'pause' ? 9000 : null,
    loss,
    memberId: 'id of a',
    restoredAtMs: null
  }
})
const ended = (atMs: number, signal: string | null, code: number | null = null): NamedReport => ({
  ...{ kind: 'ended', member: 'a', atMs, signal, code }
})
const seen = (atMs: number, ...members: string[]): GroupSighting => ({
  ...{ atMs, state: 'Stable' },
  memberIds: members.map((member) => `id of ${member}`)
})
const listed = [seen(900, 'a', 'b'), seen(1500, 'a', 'b')]
const gone = [...listed, seen(7000, 'b')]
const goneLater = [...listed, seen(9500, 'b')]

const cases: {
  when: string
  loss: BrokenMember['loss']
  reports: NamedReport[]
  sightings: GroupSighting[]
  staticMembership?: boolean
  confirmed: boolean
  detail: RegExp
  goneAt?: number
}[] = [
  {
    when: 'a killed process ends and the group drops it',
    loss: 'kill',
    reports: [ended(1010, 'SIGKILL')],
    sightings: gone,
    confirmed: true,
    detail: /ended by SIGKILL; the group was without it 6\.0 s/,
    goneAt: 1010
  },
  {
    when: 'the group lists a killed member until the end',
    loss: 'kill',
    reports: [ended(1010, 'SIGKILL')],
    sightings: listed,
    confirmed: true,
    detail: /listed it until the fault was healed/,
    goneAt: 1010
  },
  {
    when: 'the group is without it only once it is healed',
    loss: 'kill',
    reports: [ended(1010, 'SIGKILL')],
    sightings: goneLater,
    confirmed: true,
    detail: /listed it until the fault was healed/,
    goneAt: 1010
  },
  {
    when: 'a kill kills nobody',
    loss: 'kill',
    reports: [delivered('a', 3000, 0, 5, 9)],
    sightings: listed,
    confirmed: false,
    detail: /did not end/
  },
  {
    when: 'a member ends by itself instead of being killed',
    loss: 'kill',
    reports: [ended(1010, null, 1)],
    sightings: gone,
    confirmed: false,
    detail: /code 1/,
    goneAt: 1010
  },
  {
    when: 'a pause pauses nobody',
    loss: 'pause',
    reports: [delivered('a', 3000, 0, 5, 9)],
    sightings: listed,
    confirmed: false,
    detail: /kept processing/
  },
  {
    when: 'a member says that it is paused, and goes on',
    loss: 'pause',
    reports: [{ kind: 'paused', member: 'a', atMs: 1001 }, delivered('a', 3000, 0, 5, 9)],
    sightings: gone,
    confirmed: false,
    detail: /kept processing/,
    goneAt: 1001
  },
  {
    when: 'a paused member stands still',
    loss: 'pause',
    reports: [
      delivered('a', 1100, 0, 5, 9),
      { kind: 'paused', member: 'a', atMs: 1101 },
      delivered('a', 9100, 0, 9, 10)
    ],
    sightings: gone,
    confirmed: true,
    detail: /stood still; the group was without it/,
    goneAt: 1101
  },
  {
    when: 'a member leaves',
    loss: 'leave',
    reports: [ended(1200, null, 0)],
    sightings: gone,
    confirmed: true,
    detail: /^a left; the group was without it/,
    goneAt: 1200
  },
  {
    when: 'a member ends without leaving',
    loss: 'leave',
    reports: [ended(1200, null, 0)],
    sightings: listed,
    confirmed: false,
    detail: /listed it/,
    goneAt: 1200
  },
  {
    when: 'a static member leaves, and stays listed',
    loss: 'leave',
    staticMembership: true,
    reports: [ended(1200, null, 0)],
    sightings: listed,
    confirmed: true,
    detail: /listed it/,
    goneAt: 1200
  },
  {
    when: 'a member has to be killed to leave',
    loss: 'leave',
    reports: [ended(9200, 'SIGKILL')],
    sightings: gone,
    confirmed: false,
    detail: /did not leave in time/,
    goneAt: 9200
  },
  {
    when: 'the coordinator is silent',
    loss: 'kill',
    reports: [ended(1010, 'SIGKILL')],
    sightings: [],
    confirmed: true,
    detail: /coordinator did not answer/,
    goneAt: 1010
  }
]

for (const { when, loss, reports, sightings, staticMembership = false, confirmed, detail, goneAt } of cases) {
  t.test(when, async (t) => {
    const window: MembersWindow = {
      ...{ reports, sightings, staticMembership },
      broken: [broken(loss)],
      ...{ injectedAtMs: 1000, healedAtMs: 9000 }
    }
    t.match(membersEvidence(window), { confirmed, detail })
    t.equal(goneAtMs(window), goneAt)
  })
}

t.test('a stage sees its own members only', async (t) => {
  const later = { ...broken('kill'), member: 'b', fromMs: 20_000 }
  const window = {
    reports: [ended(1010, 'SIGKILL')],
    sightings: gone,
    broken: [broken('kill'), later],
    staticMembership: false
  }
  t.equal(membersEvidence({ ...window, injectedAtMs: 1000, healedAtMs: 9000 }).confirmed, true)
  t.match(membersEvidence({ ...window, injectedAtMs: 20_000, healedAtMs: null }), {
    confirmed: false,
    detail: /of b did not/
  })
  t.match(membersEvidence({ ...window, injectedAtMs: 30_000, healedAtMs: null }), {
    confirmed: false,
    detail: /no member/
  })
  t.equal(goneAtMs({ ...window, injectedAtMs: null, healedAtMs: null }), undefined)
})
