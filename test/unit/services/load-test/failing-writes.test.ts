import t from 'tap'
import { beginOnFailingDisk, testFailingWrites } from './failing-writes.ts'

// test/long has the other half of the cases, too.
testFailingWrites({ everyCase: false })

t.test('below the floor of free space, load tests and drills are refused before anything is opened', async (t) => {
  const { build, open, folder } = beginOnFailingDisk(t)
  const app = await build({ KOPS_MIN_FREE_BYTES: String(Number.MAX_SAFE_INTEGER) })
  t.teardown(() => app.close())
  const drill = { method: 'POST', url: '/api/drills', payload: { kind: 'broker-stop', node: 'kafka-1' } } as const
  for (const request of [{ method: 'POST', url: '/api/loadtest/run?eventCount=20' } as const, drill]) {
    const answer = await app.inject(request)
    t.equal(answer.statusCode, 503)
    t.match(answer.json(), { code: 'storage_unavailable', retriable: true, detail: /KOPS_MIN_FREE_BYTES requires/ })
    t.notMatch(answer.json().detail, folder)
  }
  t.same([...open], [])
  t.same((await app.inject('/api/loadtest/runs')).json().runs, [])
})
