import t from 'tap'
import { type BrokerState, stepsToAdd, stepsToRemove } from '#cli/scale/broker-plan.ts'

type Movement = NonNullable<BrokerState['movement']>

const nothing: Movement = {
  ...{ moves: [], copies: 0, bytesToCopy: 0, leaderChanges: 0, estimatedSeconds: 0, brokers: [] }
}
const move: Movement = {
  ...nothing,
  moves: [{ topic: 'a', partition: 0, from: [1], to: [4], adding: [4], removing: [1], sizeBytes: 2048 }],
  ...{ copies: 1, bytesToCopy: 2048, leaderChanges: 1 }
}
const running = { state: 'running' as const, ready: true }
const member = { host: '127.0.0.1', reachable: true, replicas: 9, leaders: 3, preferredLeaders: 3 }
const absent: BrokerState = { node: undefined, broker: undefined, isWatched: false, moving: 0, movement: move }
const ports = { kafka: 9096, jmx: 7074 }

const adding: { when: string; state: BrokerState; done: string[] }[] = [
  { when: 'nothing is there', state: absent, done: [] },
  {
    when: 'it is defined, and was never started',
    state: { ...absent, node: { state: 'absent', ready: false } },
    done: []
  },
  { when: 'it runs, and the cluster does not see it', state: { ...absent, node: running }, done: [] },
  { when: 'it has joined', state: { ...absent, node: running, broker: member }, done: ['start'] },
  {
    when: 'it is watched',
    state: { ...absent, node: running, broker: member, isWatched: true },
    done: ['start', 'watch']
  },
  {
    when: 'its replicas move',
    state: { node: running, broker: member, isWatched: true, moving: 2, movement: nothing },
    done: ['start', 'watch']
  },
  {
    when: 'it has its share and does not lead what it should',
    state: { node: running, broker: { ...member, leaders: 1 }, isWatched: true, moving: 0, movement: nothing },
    done: ['start', 'watch', 'fill']
  },
  {
    when: 'all is done',
    state: { node: running, broker: member, isWatched: true, moving: 0, movement: nothing },
    done: ['start', 'watch', 'fill', 'leaders']
  },
  {
    when: 'it was full and is down',
    state: {
      node: { state: 'stopped', ready: false },
      broker: { ...member, reachable: false },
      isWatched: true,
      moving: 0,
      movement: nothing
    },
    done: []
  }
]
for (const { when, state, done } of adding) {
  t.test(`adding a broker when ${when}: ${done.join(', ') || 'nothing'} is done`, async (t) => {
    const steps = stepsToAdd(state, ports)
    t.same(
      steps.map(({ step }) => step),
      ['start', 'watch', 'fill', 'leaders']
    )
    t.same(
      steps.filter((each) => each.state === 'done').map(({ step }) => step),
      done
    )
  })
}

const empty = { ...member, replicas: 0, leaders: 0, preferredLeaders: 0 }
const removing: { when: string; state: BrokerState; done: string[] }[] = [
  { when: 'it is in use', state: { ...absent, node: running, broker: member }, done: [] },
  { when: 'its replicas move away', state: { ...absent, node: running, broker: empty, moving: 1 }, done: [] },
  { when: 'it is empty', state: { ...absent, node: running, broker: empty }, done: ['drain'] },
  { when: 'it has stopped', state: { ...absent, node: { state: 'stopped', ready: false } }, done: ['drain', 'stop'] },
  {
    when: 'it has stopped with replicas',
    state: { ...absent, node: { state: 'stopped', ready: false }, broker: { ...member, host: null, reachable: false } },
    done: []
  },
  { when: 'its data is gone', state: { ...absent, node: { state: 'absent', ready: false } }, done: ['drain', 'stop'] },
  { when: 'the definition lacks it', state: absent, done: ['drain', 'stop', 'unregister', 'remove'] }
]
for (const { when, state, done } of removing) {
  t.test(`removing a broker when ${when}: ${done.join(', ') || 'nothing'} is done`, async (t) => {
    const steps = stepsToRemove(state, 'kraft')
    t.same(
      steps.map(({ step }) => step),
      ['drain', 'stop', 'unregister', 'remove']
    )
    t.same(
      steps.filter((each) => each.state === 'done').map(({ step }) => step),
      done
    )
  })
}

t.test('with ZooKeeper nobody keeps a registration', async (t) => {
  t.same(
    stepsToRemove(absent, 'zookeeper').map(({ step }) => step),
    ['drain', 'stop', 'remove']
  )
})

t.test('the plan says what is copied, and on which ports the broker answers', async (t) => {
  const [start, , fill] = stepsToAdd({ ...absent, moving: 2 }, ports)
  t.match(start?.detail, /9096.*7074/)
  t.equal(fill?.detail, '2 partitions are moving; then 1 replica to copy, 2.0 KiB, 1 leader to change')
})
