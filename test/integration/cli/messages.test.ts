import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { ownTopic } from '../admin/service.ts'
import { kops, kopsJson, startKops } from './kops.ts'

t.setTimeout(120_000)
const topic = ownTopic(t, 'cli-messages')
await kopsJson(endpoints.createTopic, ['topics', 'create', topic, '-p', '1'])

t.test('records of arguments and of JSON lines are read as they were written', async (t) => {
  const one = ['messages', 'produce', topic, 'hello', '--key', 'k', '--header', 'from=kops']
  t.match(await kopsJson(endpoints.produceMessages, [...one, '--dry-run']), {
    applied: false,
    records: [{ status: 'planned' }]
  })
  t.match(await kopsJson(endpoints.produceMessages, one), { applied: true, records: [{ offset: 0 }] })
  const lines = '{"key":"a","value":{"x":1}}\n\n{"key":"b","value":"\\u001b[2Jtwo"}\n'
  t.match(await kops(['messages', 'produce', topic], lines), { code: 0, stdout: 'wrote 2 records' })

  const page = await kopsJson(endpoints.browseMessages, ['messages', 'read', topic, '--from', 'earliest'])
  t.match(page.messages, [
    { key: 'k', value: 'hello', headers: [{ name: 'from', value: 'kops' }] },
    { key: 'a', value: { x: 1 } },
    { key: 'b' }
  ])
  const { stdout } = await kops([
    'messages',
    'read',
    topic,
    '--from',
    '1',
    '--partition',
    '0',
    '--key-contains',
    'a',
    '--jsonl'
  ])
  t.same(JSON.parse(stdout).value, { x: 1 })
  t.notMatch((await kops(['messages', 'read', topic])).stdout, '\u001b', 'no record steers the terminal')
})

t.test('an invalid record is refused with its line, before anything is written', async (t) => {
  t.match(await kops(['messages', 'produce', topic], '{"value":1}\n{"valeu":2}\n'), {
    code: 2,
    stderr: /line 2 is not a record/
  })
  t.match(await kops(['messages', 'read', 'test-no-such-topic']), { code: 1, stderr: /topic_not_found/ })
  const page = await kopsJson(endpoints.browseMessages, ['messages', 'read', topic, '--from', 'earliest'])
  t.equal(page.messages.length, 3)
})

t.test('a tail shows new records until it is interrupted', async (t) => {
  const child = startKops(['messages', 'tail', topic, '--json'])
  t.teardown(() => child.kill('SIGKILL'))
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('kops has no output')
  const said = createInterface(stderr)
  const printed = createInterface(stdout)
  const [ready] = await once(said, 'line')
  t.match(ready, 'Waiting for records')
  const line = once(printed, 'line')
  await kopsJson(endpoints.produceMessages, ['messages', 'produce', topic, 'now'])
  const [record] = await line
  t.match(JSON.parse(record), { value: 'now' })
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  await ended
  said.close()
  printed.close()
})

t.test('a long read reports its progress, and --more continues with the same filters', async (t) => {
  const lines = Array.from({ length: 30 }, (_, index) =>
    JSON.stringify({ value: `${index % 2 ? 'odd' : 'even'} ${index}` })
  )
  await kops(['messages', 'produce', topic], lines.join('\n'))
  const read = ['messages', 'read', topic]
  const first = await kops([...read, '--value-contains', 'odd', '--limit', '5'])
  t.match(first.stderr, /^5 records; scanned \d+ \(.*\); stopped at the limit, \d+ % of the way to the beginning$/m)
  t.match(first.stderr, `There is more: kops messages read ${topic} --more`)
  t.notMatch(first.stderr, /\S{100}/, 'nobody has to copy a cursor')
  const second = await kops([...read, '--more', '--limit', '5', '--jsonl'])
  const values = second.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).value)
  t.same(values.toSorted(), ['odd 11', 'odd 13', 'odd 15', 'odd 17', 'odd 19'])
  t.match(await kops([...read, '--more', '--limit', '1000']), { code: 0, stderr: /to the beginning$/m })
  t.match(await kops([...read, '--more']), { code: 2, stderr: /there is no more of/ })
  t.match(await kops([...read, '--more', '--from', 'earliest']), { code: 2, stderr: /takes no filters and no --from/ })
})
