import t from 'tap'
import { expectedSeconds, type TimedLoss } from '#shared/prediction/seconds.ts'

const timings = { sessionTimeoutMs: 6000, heartbeatMs: 2000, replicaLagMs: 10_000 }
const loss: TimedLoss = {
  how: 'kill',
  mode: 'zookeeper',
  timings,
  losesBroker: true,
  losesController: false,
  canElect: true
}

type Bands = [detection: [number, number] | null, leaders: [number, number] | null, clientGap: [number, number] | null]

const cases: [name: string, change: Partial<TimedLoss>, ...Bands][] = [
  ['ZooKeeper, killed: 2/3 T to T + tick', {}, [4, 8], [4, 9], [4, 10]],
  ['ZooKeeper, paused: and a client waits for its request timeout', { how: 'pause' }, [4, 8], [4, 9], [4, 31]],
  ['a client with a short request timeout', { how: 'pause', clientTimeoutMs: 1000 }, [4, 8], [4, 9], [4, 10]],
  ['stopped: leaders move first', { how: 'stop' }, [0, 5], [0, 3], [0, 4]],
  ['KRaft, killed: T - heartbeat to T, and a second to hear of it', { mode: 'kraft' }, [4, 7], [4, 8], [4, 9]],
  ['KRaft, the active controller with it', { mode: 'kraft', losesController: true }, [7.5, 11], [7.5, 12], [7.5, 13]],
  ['KRaft, the active controller stops', { mode: 'kraft', losesController: true, how: 'stop' }, [0, 5], [0, 3], [0, 4]],
  ['the defaults of Kafka', { timings: { ...timings, sessionTimeoutMs: 18_000 } }, [12, 20], [12, 21], [12, 22]],
  ['no quorum: nobody notices', { canElect: false }, null, null, null],
  ['a voter alone', { losesBroker: false }, [0, 2], null, null],
  ['the active controller alone', { losesBroker: false, losesController: true, mode: 'kraft' }, [1.5, 4], null, null],
  ['cut off from ZooKeeper: it serves until its session ends', { how: 'cutMetadata' }, [4, 8], [4, 9], [0, 31]],
  ['a full disk: at once to a session later', { how: 'diskFull' }, [0, 8], [0, 9], [0, 10]],
  ['a slow network has no formula', { how: 'slow' }, null, null, null],
  ['cut off from the other brokers, for a time', { how: 'cutBrokers', holdMs: 30_000 }, null, null, [10, 40]],
  ['cut off from them for less than the lag', { how: 'cutBrokers', holdMs: 5000 }, null, null, [5, 16]],
  ['cut off from them for nobody knows how long', { how: 'cutBrokers' }, null, null, null],
  ['a voter, and the quorum with it', { losesBroker: false, canElect: false }, null, null, null]
]

for (const [name, change, ...bands] of cases) {
  t.test(name, async (t) => {
    const { detection, leaders, clientGap } = expectedSeconds({ ...loss, ...change })
    const [d, l, c] = bands.map((band) => band && { min: band[0], max: band[1] })
    t.same({ detection, leaders, clientGap }, { detection: d, leaders: l, clientGap: c })
  })
}

t.test('followers of leaders that cannot reach their controller leave the ISR once the cut ends', async (t) => {
  const cut = { ...loss, how: 'cutBrokers', holdMs: 50_000 } as const
  t.same(expectedSeconds(cut).followed, { min: 10, max: 16 })
  t.same(expectedSeconds({ ...cut, losesController: true }).followed, { min: 50, max: 53 })
  t.same(expectedSeconds({ ...cut, mode: 'kraft', losesController: true }).followed, { min: 10, max: 16 })
})

t.test('a follower leaves the ISR with the session, or after 1 to 1.5 times replica.lag.time.max.ms', async (t) => {
  t.same(expectedSeconds(loss).followed, { min: 4, max: 9 }, 'the session is shorter')
  const slow = { ...timings, sessionTimeoutMs: 18_000, replicaLagMs: 5000 }
  t.same(expectedSeconds({ ...loss, timings: slow }).followed, { min: 5, max: 7.5 }, 'the lag is')
})
