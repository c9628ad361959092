import t from 'tap'
import type { ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import type { DeadLetterQueueList, LetterPage } from '#shared/contracts/dead-letters.ts'
import { fakeServices, kops, type Received } from './kops.ts'

const asOf = '2026-01-31T12:00:00.000Z'
const list: DeadLetterQueueList = {
  queues: [
    {
      topic: 'orders.dlq',
      originTopic: 'orders',
      partitions: 3,
      letters: 12,
      undecided: 7,
      unconfirmed: 0,
      lastHour: null,
      oldestUndecidedAt: new Date(Date.now() - 7_200_000).toISOString()
    }
  ],
  patterns: '*.dlq',
  asOf,
  warnings: []
}
const page: LetterPage = {
  topic: 'orders.dlq',
  direction: 'forward',
  isolation: 'read_committed',
  letters: [
    {
      ...{ partition: 0, offset: 12, timestamp: asOf, sizeBytes: 10, masked: [], headers: [] },
      ...{ key: 'k\u001b[2J', keyEncoding: 'text', value: null, valueEncoding: null },
      ...{ status: 'undecided', decidedAt: null, decidedBy: null, decidedBecause: null },
      origin: {
        ...{ format: 'connect', topic: 'orders', partition: 1, offset: 42, timestamp: null, group: null, task: 0 },
        ...{ connector: 'orders-to-file', stage: 'VALUE_CONVERTER', deliveries: null, replays: 1 },
        ...{ errorClass: 'org.apache.kafka.connect.errors.DataException', message: 'no schema' }
      }
    }
  ],
  scanned: { records: 20, bytes: 2000, durationMs: 3 },
  cutBy: 'limit',
  nextCursor: 'next',
  partitions: [],
  asOf,
  warnings: []
}
const replayed: ReplayResult = {
  topic: 'orders.dlq',
  action: 'replay',
  dryRun: false,
  applied: true,
  selected: 3,
  skipped: [
    { reason: 'no_origin', detail: 'its headers name no topic', letters: 2, examples: [{ partition: 0, offset: 1 }] }
  ],
  spans: [],
  cutBy: 'limit',
  targets: [{ topic: 'orders', letters: 3, bytes: 300, retimed: 1 }],
  replayed: 3,
  refused: 0,
  unconfirmed: 0,
  durationMs: 5,
  warnings: []
}

function respond({ path, query, method }: Received) {
  if (method === 'GET') return { body: path === '/api/dead-letters' ? list : page }
  const dryRun = query['dryRun'] === 'true'
  if (path.endsWith('/discard')) {
    const { targets: _t, replayed: _r, refused: _f, unconfirmed: _u, durationMs: _d, ...rest } = replayed
    return { body: { ...rest, action: 'discard', dryRun, applied: !dryRun } }
  }
  return { body: { ...replayed, dryRun, applied: !dryRun, replayed: dryRun ? 0 : 3 } }
}

t.test('queues, with what nobody has decided on', async (t) => {
  const { options } = await fakeServices(t, respond)
  t.match(await kops([...options, 'dlq', 'list']), { code: 0, stdout: /orders\.dlq +12 +7 +0 +\? +2 h ago +orders/ })
  t.match(await kops([...options, 'dlq', 'list', '-o', 'name']), { stdout: /^orders\.dlq$/m })
})

t.test('letters, with where they come from and why they died', async (t) => {
  const { options, received } = await fakeServices(t, respond)
  const read = ['dlq', 'read', 'orders.dlq', '--origin', 'orders', '--error', 'Data', '--status', 'all', '--from', '15']
  const { stdout, stderr } = await kops([...options, ...read, '--partition', '0'])
  t.match(stdout, /0:12 +undecided .*orders-1:42 by orders-to-file, replayed once +DataException: no schema/)
  t.notMatch(stdout, '\u001b[2J', 'no letter steers the terminal')
  t.match(stderr, /There is more: --cursor next/)
  t.match(received, [
    {
      path: '/api/dead-letters/orders.dlq/letters',
      query: { originTopic: 'orders', error: 'Data', status: 'all', from: 'offset', offset: '15', partition: '0' }
    }
  ])
  t.match(JSON.parse((await kops([...options, 'dlq', 'read', 'orders.dlq', '--jsonl'])).stdout), { offset: 12 })
})

t.test('a replay needs --yes without a terminal, and says what it did and left out', async (t) => {
  const { options, received } = await fakeServices(t, respond)
  const replay = [...options, 'dlq', 'replay', 'orders.dlq']
  t.match(await kops(replay), { code: 2, stderr: /--dry-run shows the plan, --yes confirms/ })
  t.match(await kops([...replay, '--dry-run']), { code: 0, stdout: /would replay 3 letters.*there may be more/s })
  const more = ['0:12-40', '2:7', '--to', 'orders-2', '--rate', '50', '--limit', '9', '--force', '--reason', 'mended']
  const { code, stdout } = await kops([...replay, ...more, '--include-unconfirmed', '--yes'])
  t.equal(code, 0)
  t.match(stdout, /replayed 3 letters of orders\.dlq\n {2}3 letters to orders, 300 B; 1 letter with the present time/)
  t.match(stdout, /skipped 2 letters \(0:1\): its headers name no topic\nStopped at the limit: repeat the command/)
  t.match(received.at(-1), {
    query: { dryRun: 'false' },
    body: {
      letters: [
        { partition: 0, from: 12, to: 40 },
        { partition: 2, from: 7 }
      ],
      ...{ to: 'orders-2', maxPerSecond: 50, limit: 9, force: true, reason: 'mended', includeUnconfirmed: true }
    }
  })
  t.match(await kops([...replay, '12']), { code: 2, stderr: /Neither partition:offset/ })
})

t.test('a discard, and its plan', async (t) => {
  const { options, received } = await fakeServices(t, respond)
  const discard = [...options, 'dlq', 'discard', 'orders.dlq', '--error', 'Data', '--reason', 'a test']
  t.match(await kops([...discard, '--dry-run']), { stdout: /would discard 3 letters/ })
  t.match(await kops([...discard, '--yes']), { code: 0, stdout: /^discarded 3 letters of orders\.dlq/ })
  t.match(received.at(-1), { path: '/api/dead-letters/orders.dlq/discard', body: { error: 'Data', reason: 'a test' } })
})
