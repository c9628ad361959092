import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { ask, ownTopic } from '../admin/service.ts'
import { kops, kopsJson } from './kops.ts'

t.setTimeout(120_000)
const origin = ownTopic(t, 'cli-dlq')
const queue = `${origin}.dlq`
t.teardown(() => ask('DELETE', `/api/topics/${queue}?force=true&reason=test`))
for (const topic of [origin, queue]) await kopsJson(endpoints.createTopic, ['topics', 'create', topic, '-p', '1'])

t.test('letters are read, planned, replayed and discarded from the command line', async (t) => {
  const headers = [
    ...['--header', `__dlq.errors.topic=${origin}`, '--header', '__dlq.errors.partition=0'],
    ...['--header', '__dlq.errors.offset=3', '--header', '__dlq.errors.message=no such account']
  ]
  await kops(['messages', 'produce', queue, 'one', 'two', 'three', '--key', 'k', ...headers])
  const list = await kopsJson(endpoints.listDeadLetterQueues, ['dlq', 'list'])
  t.match(
    list.queues.find(({ topic }) => topic === queue),
    { letters: 3, undecided: 3, originTopic: origin }
  )
  t.match(await kops(['dlq', 'read', queue]), { code: 0, stdout: /0:0 +undecided .*-0:3 .*no such account/ })
  t.match(await kops(['dlq', 'replay', queue]), { code: 2, stderr: /--dry-run shows the plan/ })
  t.match(await kops(['dlq', 'replay', queue, '--dry-run']), { code: 0, stdout: /^would replay 3 letters/ })
  t.match(await kops(['dlq', 'replay', queue, '0:0-1', '--yes']), { code: 0, stdout: /^replayed 2 letters/ })
  t.match(await kops(['dlq', 'discard', queue, '--reason', 'a test', '--yes']), {
    code: 0,
    stdout: /^discarded 1 letter/
  })
  const page = await kopsJson(endpoints.readDeadLetters, ['dlq', 'read', queue, '--status', 'all'])
  t.match(page.letters, [
    { status: 'replayed' },
    { status: 'replayed' },
    { status: 'discarded', decidedBecause: 'a test' }
  ])
  const replayed = await kopsJson(endpoints.browseMessages, ['messages', 'read', origin, '--from', 'earliest'])
  t.match(replayed.messages, [{ value: 'one' }, { value: 'two' }])
})
