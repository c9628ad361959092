import t from 'tap'
import { faults, type NodeView } from '#shared/cluster/agent/faults.ts'
import type { FaultKind } from '#shared/contracts/cluster.ts'

const node = (change: Partial<NodeView> = {}): NodeView => ({
  name: 'kafka-1',
  state: 'running',
  isolated: false,
  ready: true,
  ...change
})
const stopped = node({ state: 'stopped', ready: false })

const rows: Record<FaultKind, { during: NodeView; after: NodeView; injects: string; undoes: string }> = {
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
  }
}

for (const [kind, { during, after, injects, undoes }] of Object.entries(rows) as [
  FaultKind,
  (typeof rows)[FaultKind]
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
      heal: verb('heal')
    }
    await row.inject(runtime, 'kafka-1')
    await row.undo(runtime, 'kafka-1')
    t.same(verbs, [`${injects} kafka-1`, `${undoes} kafka-1`])
    t.same([row.tookEffect(during), row.tookEffect(after)], [true, false])
    t.same([row.undone(during), row.undone(after)], [false, true])
  })
}

t.test('a broker is back when it answers', async (t) => {
  t.equal(faults.kill.undone(node({ ready: false })), false)
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
