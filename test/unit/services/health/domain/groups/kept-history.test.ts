import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createGroupHistory } from '#services/health/domain/groups/history.ts'
import { judgeGroups } from '#services/health/domain/groups/judge.ts'
import { keepHistory } from '#services/health/domain/groups/kept-history.ts'
import { createHistoryFile } from '#services/health/group-history-file.ts'
import { metadata, partition, topic } from '../../plain-cluster.ts'
import { commitOf, groupOf, logOf, sweepOf } from './sweeps.ts'

const stopped = { groups: [groupOf()], committed: [commitOf(50)] }

/** A service that observes sweeps and then ends; `unreadable` collects its complaints. */
async function serve(folder: string, { at = 0 }: { at?: number } = {}) {
  let now = at
  const unreadable: unknown[] = []
  const history = keepHistory({
    history: createGroupHistory(),
    store: createHistoryFile(folder, (_path, cause) => unreadable.push(cause)),
    clock: { now: () => sweepOf(now).asOf },
    onError: (error) => unreadable.push(error)
  })
  await history.load()
  return {
    history,
    unreadable,
    /** The verdict after one more sweep, which saves the history at its end. */
    async sweep(...[nth, overrides, topics]: Parameters<typeof sweepOf>) {
      now = nth
      const readings = sweepOf(nth, overrides, topics)
      history.record(readings)
      history.save()
      await history.close()
      return judgeGroups(readings, history)[0]?.partitions[0]?.verdictRule
    }
  }
}

/** A group that committed in six sweeps, then stopped. Sweep 10 is the last. */
async function watchItStop(t: Test): Promise<string> {
  const folder = t.testdir()
  const first = await serve(folder)
  for (let nth = 0; nth <= 10; nth++) {
    await first.sweep(nth, { ...stopped, committed: [commitOf(Math.min(nth, 5) * 10)], offsets: [logOf(100 + nth)] })
  }
  return folder
}

t.test('a verdict survives a restart, at the first sweep after it', async (t) => {
  const second = await serve(await watchItStop(t))
  t.equal(await second.sweep(13, { ...stopped, offsets: [logOf(113)] }), 7)
  t.same(second.history.size, { partitions: 1, commits: 1 })
  t.same(second.unreadable, [])
  const third = await serve(t.testdirName)
  t.equal(await third.sweep(15, { ...stopped, offsets: [logOf(115)] }), 7, 'and the next one')
})

t.test('a restart does not turn a running group into a stopped one', async (t) => {
  const second = await serve(await watchItStop(t))
  t.equal(await second.sweep(13, { ...stopped, committed: [commitOf(60)], offsets: [logOf(113)] }), 12)
})

t.test('a saved history is ignored if it does not match', async (t) => {
  const cases: { name: string; nth?: number; cluster?: string; file?: string; complains?: RegExp }[] = [
    { name: 'another cluster', cluster: 'other' },
    { name: 'older than half an hour', nth: 71 },
    { name: 'from the future', nth: 2 },
    { name: 'half a file', file: '{"id":"group-history","clusterId":"clu', complains: /JSON/ },
    { name: 'another document', file: '{"id":"group-history","clusterId":"cluster"}', complains: /not a document/ },
    {
      name: 'rings of different lengths',
      file: JSON.stringify({
        ...{ id: 'group-history', clusterId: 'cluster', savedAt: sweepOf(12).asOf.toISOString(), times: '1,2,3' },
        ...{ topics: [], logs: [{ topic: 'a', partition: 0, starts: '0*3', ends: '1*2' }], commits: [] }
      }),
      complains: /ring/
    }
  ]
  for (const { name, nth = 13, cluster = 'cluster', file, complains } of cases) {
    const folder = await watchItStop(t)
    if (file !== undefined) await writeFile(join(folder, 'group-history.json'), file)
    const second = await serve(folder)
    const readings = { ...stopped, offsets: [logOf(200)] }
    const of = { ...metadata([topic('a', partition())]), clusterId: cluster }
    t.equal(await second.sweep(nth, { ...readings, metadata: of }), 9, name)
    t.equal(second.history.windows('g', 'a', 0).commits.length, 1, name)
    if (complains) t.match(String(second.unreadable[0]), complains, name)
    else t.same(second.unreadable, [], name)
  }
})

t.test('it waits for a sweep that knows the cluster’s id', async (t) => {
  const second = await serve(await watchItStop(t))
  await second.sweep(12, { metadata: null, groups: null })
  t.equal(await second.sweep(13, { ...stopped, offsets: [logOf(113)] }), 7)
})

t.test('a topic that was recreated meanwhile begins with nothing', async (t) => {
  const named = (id: string) => [{ ...topic('a', partition()), id }]
  const folder = t.testdir()
  const first = await serve(folder)
  for (let nth = 0; nth <= 10; nth++) await first.sweep(nth, { ...stopped, offsets: [logOf(100 + nth)] }, named('one'))
  const second = await serve(folder)
  t.equal(await second.sweep(12, { ...stopped, offsets: [logOf(300)] }, named('two')), 9)
})

t.test('caught-up partitions are not saved, and the file stays within its limit', async (t) => {
  const history = createGroupHistory()
  const groups = Array.from({ length: 40 }, (_, nth) => `g${nth}`)
  for (let nth = 0; nth < 70; nth++) {
    const committed = groups.map((group, index) => commitOf(1_000_000 * nth - index, group))
    history.record(sweepOf(nth, { groups: [], committed, offsets: [logOf(1_000_000 * nth)] }))
  }
  const { commits, logs } = history.saved(30)
  t.equal(commits.length, 30)
  t.equal(logs.length, 1)
  t.same(new Set(commits.map(({ group }) => group)), new Set(groups.slice(10)), 'those that are furthest behind')
  t.ok(JSON.stringify(commits).length / 30 < 700, 'bytes for each')
})
