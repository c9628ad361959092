import t from 'tap'
import { describeView, faults, type NodeView } from '#shared/cluster/agent/faults.ts'
import type { Impairing } from '#shared/cluster/runtime.ts'
import type { FaultKind, Impairment } from '#shared/contracts/cluster.ts'

const node = (change: Partial<NodeView> = {}): NodeView => ({
  name: 'kafka-1',
  state: 'running',
  isolated: false,
  ready: true,
  ...change
})
const impaired = (kind: Impairment['kind'], whole = true) => node({ impairments: [{ kind, whole, detail: '' }] })
const stopped = node({ state: 'stopped', ready: false })

const rows: Record<
  Exclude<FaultKind, 'disk-slow'>,
  { during: NodeView; after: NodeView; injects: string; undoes: string | string[] }
> = {
  stop: { during: stopped, after: node(), injects: 'stop', undoes: 'start' },
  kill: { during: stopped, after: node(), injects: 'kill', undoes: 'start' },
  pause: {
    during: node({ state: 'paused', ready: false }),
    after: node({ ready: false }),
    injects: 'pause',
    undoes: 'resume'
  },
  isolate: {
    during: node({ isolated: true, ready: false }),
    after: node({ ready: false }),
    injects: 'isolate',
    undoes: 'heal'
  },
  cut: { during: impaired('cut'), after: node({ ready: false }), injects: 'impair:cut', undoes: 'unimpair' },
  slow: { during: impaired('slow'), after: node({ ready: false }), injects: 'impair:slow', undoes: 'unimpair' },
  'disk-full': {
    during: impaired('disk-full'),
    after: node(),
    injects: 'impair:disk-full',
    undoes: ['unimpair', 'start']
  }
}

for (const [kind, { during, after, injects, undoes }] of Object.entries(rows) as [
  keyof typeof rows,
  (typeof rows)[keyof typeof rows]
][]) {
  t.test(`${kind} is injected and undone by the runtime, and each is seen in the status`, async (t) => {
    const row = faults[kind]
    const verbs: string[] = []
    const verb = (name: string) => async (target: string) => void verbs.push(`${name} ${target}`)
    const runtime = {
      start: verb('start'),
      stop: verb('stop'),
      kill: verb('kill'),
      pause: verb('pause'),
      resume: verb('resume'),
      isolate: verb('isolate'),
      heal: verb('heal'),
      impair: (target: string, { kind }: Impairing) => verb(`impair:${kind}`)(target),
      unimpair: verb('unimpair')
    }
    await row.inject(runtime, { id: 'f1', node: 'kafka-1' })
    await row.undo(runtime, 'kafka-1')
    t.same(
      verbs,
      [injects, undoes].flat().map((each) => `${each} kafka-1`)
    )
    t.same([row.tookEffect(during), row.tookEffect(after)], [true, false])
    t.same([row.undone(during), row.undone(after)], [false, true])
  })
}

t.test('a broker is back when it answers', async (t) => {
  t.equal(faults.kill.undone(node({ ready: false })), false)
})

t.test('a fault of which a part is missing is not in place, and not gone either', async (t) => {
  for (const kind of ['cut', 'slow'] as const) {
    const torn = impaired(kind, false)
    t.same([faults[kind].tookEffect(torn), faults[kind].undone(torn)], [false, false], kind)
  }
})

t.test('a node whose disk is full shows it, or has ended of it', async (t) => {
  const row = faults['disk-full']
  t.equal(row.tookEffect(stopped), true)
  t.equal(row.undone(stopped), false)
  t.equal(row.undone(impaired('disk-full')), false)
})

t.test('no runtime slows disks, and nothing of it is left', async (t) => {
  const row = faults['disk-slow']
  t.equal(row.isLeft(node(), [node()]), false)
  t.equal(row.tookEffect(node()), false)
})

t.test('a status is described with all that a fault may show', async (t) => {
  t.equal(describeView(node()), 'kafka-1 is running')
  t.equal(describeView(stopped), 'kafka-1 is stopped')
  const cut = { kind: 'cut' as const, whole: true, detail: '4 of 4 rules have dropped 311 packets' }
  t.equal(
    describeView(node({ ready: false, isolated: true, impairments: [cut] })),
    'kafka-1 is running and does not answer; its link is down; cut: 4 of 4 rules have dropped 311 packets'
  )
})

t.test('what is left to undo depends on what still exists', async (t) => {
  const other = (state: NodeView['state']): NodeView => node({ name: 'kafka-2', state })
  const cases: { name: string; kind: FaultKind; nodes: NodeView[]; left: boolean }[] = [
    { name: 'killed, the others run', kind: 'kill', nodes: [stopped, other('running')], left: true },
    { name: 'stopped, another is paused', kind: 'stop', nodes: [stopped, other('paused')], left: true },
    { name: 'killed, all are down', kind: 'kill', nodes: [stopped, other('stopped')], left: false },
    { name: 'killed but never took place', kind: 'kill', nodes: [node(), other('running')], left: true },
    { name: 'paused', kind: 'pause', nodes: [node({ state: 'paused' })], left: true },
    { name: 'paused, and died', kind: 'pause', nodes: [stopped, other('running')], left: false },
    { name: 'paused, and wiped', kind: 'pause', nodes: [], left: false },
    { name: 'cut off', kind: 'isolate', nodes: [node({ isolated: true })], left: true },
    { name: 'cut off, all are down', kind: 'isolate', nodes: [stopped], left: true }
  ]
  for (const { name, kind, nodes, left } of cases) {
    const own = nodes.find((each) => each.name === 'kafka-1')
    t.equal(faults[kind].isLeft(own, nodes), left, name)
  }
})
