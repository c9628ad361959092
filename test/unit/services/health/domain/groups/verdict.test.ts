import t from 'tap'
import { type CommitWindow, type CurrentCommit, judgeCommit, worstOf } from '#services/health/domain/groups/verdict.ts'

const intervalMs = 30_000

interface Case {
  /** Number of the case, by which a failure is found. */
  n: number
  name: string
  /** Commits, sweep by sweep, the last is now; a single number applies to all sweeps. */
  commits: (number | null)[]
  /** End offsets of the same sweeps, or how far the lag was. */
  ends: number[]
  start?: number
  owned?: boolean | null
  /** The group has no member at all. */
  deserted?: boolean
  /** The first of the sweeps saw the first commit of all. */
  appeared?: boolean
  current?: Partial<CurrentCommit>
  /** Sweeps apart, in milliseconds. */
  every?: number
  verdict: string | null
  rule: number
  reason?: string
}

function repeat(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value)
}

/** from, from + step, ... */
function rising(count: number, from: number, step: number): number[] {
  return Array.from({ length: count }, (_, nth) => from + nth * step)
}

function windowOf({ commits, ends, start = 0, every = intervalMs, appeared = false }: Case): CommitWindow {
  const seen = commits.flatMap((committed, nth) =>
    committed === null ? [] : [{ committed, end: ends[nth] ?? Number.NaN, timeMs: nth * every }]
  )
  return {
    length: seen.length,
    appeared,
    timesMs: seen.map(({ timeMs }) => timeMs),
    committed: seen.map(({ committed }) => committed),
    lags: seen.map(({ committed, end }) => end - Math.max(committed, start))
  }
}

const cases: Case[] = [
  // Nothing to judge
  {
    n: 1,
    name: 'no commit means neither a lag of -1 nor a verdict (kafka_exporter #28)',
    commits: [null],
    ends: [100],
    verdict: null,
    rule: 1,
    reason: 'no_commit'
  },
  {
    n: 2,
    name: 'a commit that the coordinator could not report',
    commits: [5, null],
    ends: [100, 100],
    current: { reason: 'partition_unavailable' },
    verdict: null,
    rule: 2,
    reason: 'partition_unavailable'
  },
  {
    n: 3,
    name: 'a leader that does not answer',
    commits: [90],
    ends: [100],
    current: { logEnd: null, logStart: null, reason: 'broker_unreachable' },
    verdict: null,
    rule: 2,
    reason: 'broker_unreachable'
  },
  // Outside the log
  {
    n: 4,
    name: 'retention has passed the commit: the lag covers only what is left (redpanda #30624)',
    commits: repeat(10, 10),
    ends: repeat(10, 100),
    start: 80,
    verdict: 'ERR',
    rule: 3,
    reason: 'offset_out_of_range'
  },
  {
    n: 5,
    name: 'retention has removed everything that was not read',
    commits: [10],
    ends: [100],
    start: 100,
    verdict: 'ERR',
    rule: 3,
    reason: 'offset_out_of_range'
  },
  {
    n: 6,
    name: 'beyond the end once: a quick consumer between two readings (negative lag, kafka_exporter #76)',
    commits: [90, 105],
    ends: [100, 100],
    verdict: 'OK',
    rule: 5
  },
  {
    n: 7,
    name: 'beyond the end again: the topic was recreated and the old commit stayed',
    commits: [500, 500],
    ends: [3, 7],
    verdict: 'ERR',
    rule: 4,
    reason: 'offset_out_of_range'
  },
  // Caught up
  { n: 8, name: 'all is read', commits: [100], ends: [100], verdict: 'OK', rule: 5 },
  { n: 9, name: 'an empty partition', commits: [0], ends: [0], verdict: 'OK', rule: 5 },
  {
    n: 10,
    name: 'a group without members that has read all is well (kafka_exporter #226)',
    commits: repeat(20, 100),
    ends: repeat(20, 100),
    owned: false,
    verdict: 'OK',
    rule: 5
  },
  // REWIND
  {
    n: 11,
    name: 'the commit went back (Burrow: 5000 to 4000 while lag was never zero)',
    commits: [...rising(6, 1000, 1000), 4000, 5000],
    ends: rising(8, 10_000, 1000),
    verdict: 'REWIND',
    rule: 6
  },
  {
    n: 12,
    name: 'it moved back and has caught up',
    commits: [1000, 2000, 1500, 1900, 2100, 2500],
    ends: repeat(6, 5000),
    verdict: 'OK',
    rule: 12
  },
  {
    n: 13,
    name: 'it went back after it had read all (Burrow pull request 716)',
    commits: [1000, 1000, 0, 100],
    ends: repeat(4, 1000),
    verdict: 'REWIND',
    rule: 6
  },
  {
    n: 14,
    name: 'a commit that the new topic of the name never had is not one it went back from',
    commits: [500, 2, 4],
    ends: [3, 7, 9],
    verdict: null,
    rule: 9,
    reason: 'not_measured'
  },
  // STOP and STALL
  {
    n: 15,
    name: 'no member reads any more (Burrow: stopped)',
    commits: repeat(12, 50),
    ends: rising(12, 60, 10),
    owned: false,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 16,
    name: 'no member reads any more and nothing is written any more',
    commits: repeat(12, 50),
    ends: repeat(12, 60),
    owned: false,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 17,
    name: 'a member has it and does not get on (Burrow: stalled)',
    commits: repeat(12, 50),
    ends: rising(12, 60, 10),
    owned: true,
    verdict: 'STALL',
    rule: 8
  },
  {
    n: 18,
    name: 'it read, and then stood still for longer than it had been reading',
    commits: [10, 20, 30, ...repeat(11, 40)],
    ends: repeat(14, 100),
    owned: true,
    verdict: 'STALL',
    rule: 8
  },
  {
    n: 19,
    name: 'it does not move while the owner is unknown',
    commits: repeat(12, 50),
    ends: repeat(12, 60),
    owned: null,
    verdict: 'STALL',
    rule: 8
  },
  {
    n: 20,
    name: 'a slow topic: the first record for long has just come (Burrow #38)',
    commits: repeat(60, 100),
    ends: [...repeat(59, 100), 101],
    verdict: 'OK',
    rule: 10
  },
  {
    n: 21,
    name: 'a slow topic: its record has not been read for nine sweeps',
    commits: repeat(60, 100),
    ends: [...repeat(51, 100), ...repeat(9, 101)],
    owned: false,
    verdict: 'OK',
    rule: 10
  },
  {
    n: 22,
    name: 'a slow topic: its record has not been read for ten sweeps',
    commits: repeat(60, 100),
    ends: [...repeat(50, 100), ...repeat(10, 101)],
    owned: false,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 23,
    name: 'a group that commits every 12 sweeps has not stopped in between',
    commits: [...repeat(12, 0), ...repeat(12, 100), ...repeat(12, 200), ...repeat(11, 300)],
    ends: rising(47, 400, 8),
    owned: true,
    verdict: 'OK',
    rule: 12
  },
  {
    n: 24,
    name: 'a consumer restarts: four sweeps without a commit are not a spike (Burrow #740)',
    commits: [...rising(20, 0, 100), ...repeat(4, 1900)],
    ends: [...rising(20, 10, 100), ...rising(4, 2010, 100)],
    owned: false,
    verdict: 'OK',
    rule: 12
  },
  {
    n: 25,
    name: 'this service restarts: one sweep says nothing about a lag (Burrow #740)',
    commits: [50],
    ends: [1_000_000],
    verdict: null,
    rule: 9,
    reason: 'not_measured'
  },
  {
    n: 26,
    name: 'nine sweeps are too few to call it stopped',
    commits: repeat(9, 50),
    ends: repeat(9, 60),
    verdict: null,
    rule: 9,
    reason: 'not_measured'
  },
  {
    n: 27,
    name: 'two sweeps are enough to see that it gets on',
    commits: [50, 58],
    ends: [60, 60],
    verdict: 'OK',
    rule: 12
  },
  {
    n: 28,
    name: 'ten sweeps are enough to call it stopped',
    commits: repeat(10, 50),
    ends: repeat(10, 60),
    verdict: 'STALL',
    rule: 8
  },
  {
    n: 29,
    name: 'sweeps that could not be read are not sweeps in which it stood still',
    commits: [...repeat(5, 50), ...Array.from({ length: 20 }, () => null), ...repeat(2, 50)],
    ends: repeat(27, 60),
    verdict: null,
    rule: 9,
    reason: 'not_measured'
  },
  // WARN and OK
  {
    n: 30,
    name: 'it reads more slowly than is written (Burrow: warning)',
    commits: rising(12, 0, 10),
    ends: rising(12, 100, 20),
    verdict: 'WARN',
    rule: 11
  },
  {
    n: 31,
    name: 'it reads as fast as is written, some records behind: in flight, no warning',
    commits: rising(12, 0, 20),
    ends: rising(12, 100, 20),
    verdict: 'OK',
    rule: 12
  },
  {
    n: 32,
    name: 'the lag goes up and down',
    commits: [0, 10, 20, 50, 60, 70, 80, 110, 120, 130, 140],
    ends: rising(11, 100, 20),
    verdict: 'OK',
    rule: 12
  },
  {
    n: 33,
    name: 'the lag grows, but it was zero five sweeps ago',
    commits: [...repeat(7, 100), ...rising(5, 100, 1)],
    ends: [...repeat(7, 100), ...rising(5, 110, 20)],
    verdict: 'OK',
    rule: 10
  },
  {
    n: 34,
    name: 'the distant past does not count: the lag was zero 20 sweeps ago',
    commits: [...repeat(10, 100), ...rising(20, 101, 1)],
    ends: [...repeat(10, 100), ...rising(20, 110, 20)],
    verdict: 'WARN',
    rule: 11
  },
  {
    n: 35,
    name: 'sweeps three seconds apart are judged alike',
    commits: repeat(10, 50),
    ends: repeat(10, 60),
    every: 3000,
    owned: false,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 36,
    name: 'a group that commits every 12 sweeps and falls behind',
    commits: [...repeat(12, 0), ...repeat(12, 50), ...repeat(12, 100), ...repeat(11, 150)],
    ends: rising(47, 400, 8),
    owned: true,
    verdict: 'WARN',
    rule: 11
  },
  {
    n: 37,
    name: 'a deliberate reset without readers: it moved back, and reports that until its window has passed',
    commits: [...repeat(10, 100), ...repeat(12, 0)],
    ends: repeat(22, 100),
    owned: false,
    verdict: 'REWIND',
    rule: 6
  },
  // STOP, of a group without members
  {
    n: 38,
    name: 'its only member died: two sweeps without one are enough where every sweep saw a commit',
    commits: [...rising(6, 0, 100), 500, 500],
    ends: rising(8, 10, 100),
    deserted: true,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 39,
    name: 'the same after one sweep: a consumer restarts (Burrow #740)',
    commits: [...rising(6, 0, 100), 500],
    ends: rising(7, 10, 100),
    deserted: true,
    verdict: 'OK',
    rule: 12
  },
  {
    n: 40,
    name: 'it had read all until it died',
    commits: [...rising(6, 0, 100), 500, 500],
    ends: [...rising(6, 0, 100), 600, 700],
    deserted: true,
    verdict: 'OK',
    rule: 10
  },
  {
    n: 41,
    name: 'it had read all until it died, and records have waited for longer than 45 s',
    commits: [...rising(6, 0, 100), 500, 500, 500],
    ends: [...rising(6, 0, 100), 600, 700, 800],
    deserted: true,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 42,
    name: 'a job that runs every 12 sweeps and has no members in between (Burrow #38)',
    commits: [...repeat(12, 0), ...repeat(12, 100), ...repeat(12, 200), ...repeat(14, 300)],
    ends: rising(50, 400, 8),
    deserted: true,
    verdict: 'OK',
    rule: 12
  },
  {
    n: 43,
    name: 'the same job has not come back for half as long again',
    commits: [...repeat(12, 0), ...repeat(12, 100), ...repeat(17, 200)],
    ends: rising(41, 400, 8),
    deserted: true,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 44,
    name: 'a job that came within a sweep whenever there was something to read, and now does not',
    commits: [...repeat(12, 100), ...repeat(12, 200), ...repeat(12, 300), ...repeat(4, 300)],
    ends: [...repeat(11, 100), ...repeat(12, 200), ...repeat(13, 300), ...repeat(4, 310)],
    deserted: true,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 45,
    name: 'one commit is not a pace: a group without members that is new to this service',
    commits: [100, 200, 200, 200, 200],
    ends: rising(5, 1000, 100),
    deserted: true,
    verdict: null,
    rule: 9,
    reason: 'not_measured'
  },
  {
    n: 46,
    name: 'a group that appeared while this service was running, committed twice and died',
    commits: [100, 200, 200, 200],
    ends: repeat(4, 1000),
    appeared: true,
    deserted: true,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 47,
    name: 'sweeps three seconds apart: 45 s without a commit',
    commits: [...rising(10, 0, 10), ...repeat(15, 90)],
    ends: rising(25, 50, 10),
    every: 3000,
    deserted: true,
    verdict: 'STOP',
    rule: 7
  },
  {
    n: 48,
    name: 'this service was down for ten minutes, and the group has not committed since',
    commits: [...rising(6, 0, 100), ...repeat(20, 500).map((offset, nth) => (nth < 19 ? null : offset))],
    ends: rising(26, 10, 100),
    deserted: true,
    verdict: 'STOP',
    rule: 7
  },
  // WARN after three sweeps, and not where a lag is short
  {
    n: 49,
    name: 'three sweeps: it grows by 45 a second',
    commits: rising(3, 0, 150),
    ends: rising(3, 1500, 1500),
    verdict: 'WARN',
    rule: 11
  },
  {
    n: 50,
    name: 'two sweeps are too few for a trend',
    commits: rising(2, 0, 150),
    ends: rising(2, 1500, 1500),
    verdict: null,
    rule: 9,
    reason: 'not_measured'
  },
  {
    n: 51,
    name: 'a quick producer: it is 2 s behind, by a few records more each time',
    commits: rising(12, 100_000, 30_000),
    ends: rising(12, 102_000, 30_010),
    verdict: 'OK',
    rule: 12
  },
  {
    n: 52,
    name: 'a lag of 20 s that hardly grows in time, though by records',
    commits: rising(4, 0, 30_000),
    ends: rising(4, 20_000, 30_010),
    verdict: 'OK',
    rule: 12
  },
  {
    n: 53,
    name: 'over ten commits a lag in time that grows by 1 s is growing',
    commits: rising(12, 100_000, 29_800),
    ends: rising(12, 120_000, 30_000),
    verdict: 'WARN',
    rule: 11
  },
  {
    n: 54,
    name: 'sweeps three seconds apart: half a minute is not a trend',
    commits: rising(9, 0, 10),
    ends: rising(9, 100, 100),
    every: 3000,
    verdict: null,
    rule: 9,
    reason: 'not_measured'
  },
  {
    n: 55,
    name: 'sweeps three seconds apart: after 45 s it is one',
    commits: rising(20, 0, 10),
    ends: rising(20, 100, 100),
    every: 3000,
    verdict: 'WARN',
    rule: 11
  },
  {
    n: 56,
    name: 'this service has just started: a lag of five minutes that grows by a record',
    commits: rising(3, 0, 1000),
    ends: rising(3, 10_000, 1001),
    verdict: 'OK',
    rule: 12
  }
]

t.test('each rule decides its cases', async (t) => {
  for (const given of cases) {
    const committed = given.commits.at(-1) ?? null
    const current: CurrentCommit = {
      committed,
      logStart: given.start ?? 0,
      logEnd: given.ends.at(-1) ?? null,
      owned: given.deserted ? false : given.owned === undefined ? true : given.owned,
      deserted: given.deserted ?? false,
      ...given.current
    }
    const timesMs = given.ends.map((_, nth) => nth * (given.every ?? intervalMs))
    const judged = judgeCommit(current, windowOf(given), { length: timesMs.length, timesMs, ends: given.ends })
    const { verdict, rule, reason } = given
    t.same(judged, { verdict, rule, ...(reason ? { reason } : {}) }, `case ${given.n}: ${given.name}`)
  }
  t.same(
    cases.map(({ n }) => n),
    rising(cases.length, 1, 1),
    'the cases are numbered'
  )
})

t.test('a group is its worst partition, and never OK while one of them is not judged', async (t) => {
  const ok = { verdict: 'OK', verdictRule: 5 } as const
  const warn = { verdict: 'WARN', verdictRule: 11 } as const
  const stop = { verdict: 'STOP', verdictRule: 7 } as const
  const without = { verdict: null, verdictRule: 1, verdictReason: 'no_commit' } as const
  const unread = { verdict: null, verdictRule: 2, verdictReason: 'broker_unreachable' } as const
  const cases = [
    { name: 'the worst decides', given: [ok, stop, warn], expected: { verdict: 'STOP' } },
    { name: 'all are well', given: [ok, ok], expected: { verdict: 'OK' } },
    { name: 'no commit is nothing against it', given: [ok, without], expected: { verdict: 'OK' } },
    {
      name: 'one is not known',
      given: [ok, unread],
      expected: { verdict: null, reason: 'broker_unreachable' }
    },
    { name: 'one is bad and one is not known', given: [warn, unread], expected: { verdict: 'WARN' } },
    { name: 'nothing is committed', given: [without], expected: { verdict: null, reason: 'no_commit' } },
    { name: 'it has no partitions', given: [], expected: { verdict: null, reason: 'no_commit' } }
  ]
  for (const { name, given, expected } of cases) t.same(worstOf(given), expected, name)
})
