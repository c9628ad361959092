import t from 'tap'
import { parseMntr, parseSrvr } from '#shared/zookeeper/four-letter-answers.ts'

const answer = (mode: string) =>
  [
    'Zookeeper version: 3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 UTC',
    'Latency min/avg/max: 0/0.6389/35',
    'Received: 1022',
    'Sent: 1027',
    'Connections: 3',
    'Outstanding: 2',
    'Zxid: 0x100000a3f',
    `Mode: ${mode}`,
    'Node count: 185'
  ].join('\n')
const unserving = 'This ZooKeeper instance is not currently serving requests\n'

t.test('an answer to srvr contains the mode, latencies and outstanding requests', async (t) => {
  for (const mode of ['leader', 'follower', 'standalone', 'observer']) t.equal(parseSrvr(answer(mode)).mode, mode)
  t.same(parseSrvr(answer('leader')), {
    mode: 'leader',
    outstandingRequests: 2,
    latencyMs: { min: 0, avg: 0.6389, max: 35 },
    connections: 3,
    zxid: '0x100000a3f',
    nodeCount: 185,
    version: '3.8.4'
  })
})

t.test('a value missing from an answer to srvr is null, never 0', async (t) => {
  const nothing = {
    outstandingRequests: null,
    latencyMs: null,
    connections: null,
    zxid: null,
    nodeCount: null,
    version: null
  }
  t.same(parseSrvr('Mode: follower\n'), { mode: 'follower', ...nothing })
  t.same(parseSrvr(unserving), { mode: null, ...nothing })
})

t.test('an answer that is not one of ZooKeeper is refused', async (t) => {
  const foreign = [
    'HTTP/1.1 400 Bad Request',
    answer('read-only'),
    'srvr is not executed because it is not in the whitelist.'
  ]
  for (const text of foreign) t.throws(() => parseSrvr(text), /not from ZooKeeper/)
})

t.test('mntr is used where it is allowed and whole', async (t) => {
  const whole = 'zk_avg_latency\t0.25\nzk_max_latency\t35\nzk_min_latency\t0\nzk_outstanding_requests\t1\n'
  t.same(parseMntr(whole), { latencyMs: { min: 0, avg: 0.25, max: 35 }, outstandingRequests: 1 })
  t.equal(parseMntr('mntr is not executed because it is not in the whitelist.\n'), 'refused')
  t.equal(parseMntr(unserving), undefined)
  t.equal(parseMntr(whole.replace('zk_max_latency', 'zk_other')), undefined)
})
