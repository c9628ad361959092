import { once } from 'node:events'
import t from 'tap'
import {
  answersOf,
  createTopics,
  everyRecord,
  runKops,
  startProcessor
} from '../../integration/apps/balancer-commands.ts'
import { eventually } from '../../integration/support/eventually.ts'

t.setTimeout(240_000)
await createTopics()

const answered = async () => (await everyRecord('load-balancer-responses')).length

t.test('kill -9 of the processor, again and again, loses no request', async (t) => {
  const generator = runKops(t, ['lb', 'generate', '--num-requests', '3000', '--rate', '100', '--json'])
  const ended = once(generator.child, 'close')
  for (let kill = 0; kill < 3; kill += 1) {
    const before = await answered()
    const processor = await startProcessor(t)
    // In the middle of its work: some requests are answered, and not all that were read.
    await eventually('it has answered some', answered, (count) => count > before + 20, 40_000)
    t.equal(await processor.end('SIGKILL'), null)
  }
  const last = await startProcessor(t)
  const [code] = await ended
  t.equal(code, 0, generator.stderr())
  const generated = JSON.parse(generator.stdout())
  t.match(generated, { requests: 3000, acknowledged: 3000 })
  const counts = await eventually(
    'every request is answered',
    () => answersOf(generated),
    (all) => all.every(Boolean),
    60_000
  )
  t.comment(`${counts.filter((count) => count > 1).length} of 3000 requests were answered more than once`)
  t.equal(await last.end('SIGINT'), 130)
})
