import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { interruptedDrill } from '#services/load-test/domain/drills/drill-record.ts'
import { createJobEnds, type StartedJob, StartedJobSchema } from '#services/load-test/job-ends.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import type { CapacityMeasurement } from '#shared/contracts/capacity-measurement.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createJsonFiles } from '#shared/files/json-files.ts'
import { manualClock } from '../../manual-clock.ts'
import { measured } from './domain/capacity/measured-capacities.ts'

const actor = { name: 'alice', role: 'admin', how: 'token', address: '10.0.0.7' }
const links = { self: '', events: '', cancel: '' }
const measurements = {
  timeToNewLeadersMs: 1,
  timeToFullIsrMs: 2,
  longestAckGapMs: 3,
  faultDurationMs: 4,
  leadersOnNodeBefore: 5
}
const drill: Drill = {
  id: 'd1',
  kind: 'broker-stop',
  node: 'kafka-1',
  status: 'completed',
  createdAt: '2026-01-31T12:00:00.000Z',
  finishedAt: '2026-01-31T12:01:00.000Z',
  verdict: { result: 'pass', reasons: ['every acknowledged record is in the log'], counts: null, measurements },
  timeline: [],
  links
}
const failed: Drill = { ...drill, verdict: { result: 'fail', reasons: ['1 lost'], counts: null, measurements } }
const run: LoadTestRun = {
  id: 'r1',
  status: 'completed',
  topic: 'x',
  eventCount: 20,
  progress: { acknowledged: 20, failed: 0 },
  createdAt: '2026-01-31T12:00:00.000Z',
  finishedAt: '2026-01-31T12:01:00.000Z',
  result: null,
  links
}
const ofDrill: StartedJob = { id: 'd1', kind: 'drill', actor, target: 'kafka-1' }
const capacity: CapacityMeasurement = {
  id: 'c1',
  status: 'aborted',
  node: 'kafka-3',
  createdAt: '2026-01-31T12:00:00.000Z',
  finishedAt: '2026-01-31T12:01:00.000Z',
  allBrokers: measured(),
  oneBrokerDown: null,
  run: null,
  timeline: [],
  failure: 'Cancelled on request',
  links
}
const gameDay: GameDay = {
  id: 'g1',
  name: 'bad-night',
  status: 'completed',
  createdAt: '2026-01-31T12:00:00.000Z',
  finishedAt: '2026-01-31T12:01:00.000Z',
  plan: { name: 'bad-night', steps: [{ drill: { kind: 'broker-stop', node: 'kafka-1' } }] },
  steps: [
    {
      ...{ what: 'drill broker-stop kafka-1', state: 'failed', detail: 'the verdict is fail: 1 lost' },
      ...{ startedAt: null, finishedAt: null, drill: 'd1', run: null }
    }
  ],
  verdict: { result: 'fail', reasons: ['step 1 failed'] },
  links
}
const ofRun: StartedJob = { id: 'r1', kind: 'loadtest', actor, target: 'x' }

interface World {
  drill?: Drill
  run?: LoadTestRun
  capacity?: CapacityMeasurement
  /** Rejects as long as it says so. */
  refuse?: () => boolean
}

function begin(t: Test, folder: string, world: World = {}) {
  const events: AuditEvent[] = []
  const problems: string[] = []
  const missing = async (): Promise<never> => {
    throw new KopsError('job_not_found', 'there is none')
  }
  const ends = createJobEnds({
    trail: {
      async record(event) {
        if (world.refuse?.()) throw new KopsError('audit_unavailable', 'no room')
        events.push(event)
      }
    },
    store: createJsonFiles({ folder, schema: StartedJobSchema, onUnreadable: (path) => t.fail(path) }),
    clock: manualClock(),
    drill: async () => world.drill ?? missing(),
    loadTest: async () => world.run ?? missing(),
    capacity: async () => world.capacity ?? missing(),
    gameDay: async () => gameDay,
    onProblem: (_error, what) => void problems.push(what)
  })
  return { ends, events, problems }
}

const cases: { name: string; started: StartedJob; world: World; expected: object }[] = [
  {
    name: 'a drill that passed',
    started: ofDrill,
    world: { drill },
    expected: {
      action: 'drill.end',
      target: 'kafka-1',
      outcome: 'applied',
      after: { status: 'completed', kind: 'broker-stop', verdict: 'pass', reasons: [/every acknowledged/] }
    }
  },
  {
    name: 'a drill on an existing topic',
    started: ofDrill,
    world: { drill: { ...drill, request: { kind: 'broker-stop', node: 'kafka-1', topic: 'orders' } } },
    expected: { action: 'drill.end', target: 'kafka-1', outcome: 'applied', after: { topic: 'orders' } }
  },
  {
    name: 'a drill that lost records',
    started: ofDrill,
    world: { drill: failed },
    expected: { outcome: 'applied', after: { status: 'completed', verdict: 'fail', reasons: ['1 lost'] } }
  },
  {
    name: 'a drill that was cancelled',
    started: ofDrill,
    world: { drill: { ...drill, status: 'aborted', failure: 'Cancelled on request' } },
    expected: { outcome: 'failed', after: { status: 'aborted', verdict: 'pass', failure: 'Cancelled on request' } }
  },
  {
    name: 'a drill whose service died',
    started: ofDrill,
    world: { drill: { ...interruptedDrill(drill), status: 'aborted' } },
    expected: { outcome: 'failed', after: { status: 'aborted', verdict: 'aborted', failure: /service ended/ } }
  },
  {
    name: 'a load test',
    started: ofRun,
    world: { run },
    expected: {
      action: 'loadtest.end',
      target: 'x',
      outcome: 'applied',
      after: { id: 'r1', status: 'completed', progress: { acknowledged: 20 } }
    }
  },
  {
    name: 'a game day',
    started: { id: 'g1', kind: 'gameday', actor, target: 'bad-night' },
    world: {},
    expected: {
      action: 'gameday.end',
      target: 'bad-night',
      outcome: 'applied',
      after: { verdict: 'fail', steps: [{ what: 'drill broker-stop kafka-1', state: 'failed', drill: 'd1' }] }
    }
  },
  {
    name: 'a measurement of the capacity',
    started: { id: 'c1', kind: 'capacity', actor, target: 'kafka-3' },
    world: { capacity },
    expected: {
      action: 'capacity.end',
      target: 'kafka-3',
      outcome: 'failed',
      after: { status: 'aborted', recordsPerSecond: { allBrokers: 10_000, oneBrokerDown: null }, failure: /Cancelled/ }
    }
  },
  {
    name: 'a job of which nothing is left',
    started: ofRun,
    world: {},
    expected: { action: 'loadtest.end', outcome: 'failed', after: { id: 'r1', status: 'unknown' } }
  }
]
for (const { name, started, world, expected } of cases) {
  t.test(`the end of ${name} is recorded under the name of who started it`, async (t) => {
    const folder = t.testdir()
    const { ends, events, problems } = begin(t, folder, world)
    await ends.watch(started)
    await ends.close()
    t.match(events, [{ ...expected, actor, requestId: `${started.kind}-${started.id}`, dryRun: false }])
    t.equal(events.length, 1)
    t.same(problems, [])
    t.same(await readdir(folder), [], 'nothing is left to record')
  })
}

t.test('an end that nobody recorded because the service was killed is recorded by the next start', async (t) => {
  const folder = join(t.testdir(), 'ends')
  const killed = begin(t, folder, { drill, refuse: () => true })
  await killed.ends.watch(ofDrill)
  t.same(await readdir(folder), ['d1.json'])
  await killed.ends.close()
  t.match(killed.problems, [/could not record the end of d1/])

  const next = begin(t, folder, { drill: { ...interruptedDrill(drill), status: 'aborted' } })
  await next.ends.open()
  await next.ends.close()
  t.match(next.events, [{ action: 'drill.end', actor, outcome: 'failed', after: { verdict: 'aborted' } }])
  t.not(next.events[0]?.id, 'drill-d1:failed', 'keys differ from those of the process before: the topic is compacted')
  t.same(await readdir(folder), [])

  const third = begin(t, folder)
  await third.ends.open()
  await third.ends.close()
  t.same(third.events, [], 'once')
})

t.test('an end that the trail does not take at first is recorded later', async (t) => {
  const folder = t.testdir()
  let refusals = 1
  const { ends, events, problems } = begin(t, folder, { drill, refuse: () => refusals-- > 0 })
  await ends.watch(ofDrill)
  await ends.close()
  t.match(events, [{ action: 'drill.end' }])
  t.match(problems, [/could not record/])
})

t.test('an end is recorded although the disk does not keep who started the job', async (t) => {
  const { ends, events, problems } = begin(t, join(t.testdir({ file: '' }), 'file'), { drill })
  await ends.watch(ofDrill)
  await ends.close()
  t.match(events, [{ action: 'drill.end', actor }])
  t.match(problems, [/not recorded if the service is killed/])
})
