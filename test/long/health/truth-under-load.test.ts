import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import t, { type Test } from 'tap'
import { kafka, kafkaTool, produce, untilHealthy } from '../../integration/health/cluster-under-test.ts'
import {
  askGroup,
  holdEqual,
  join,
  knownTopic,
  readAnew,
  rowsOfDetail,
  sorted,
  startProducing,
  type ToolRow,
  toolRows,
  until
} from '../support/group-truth.ts'

const partitions = 4
const run = Date.now().toString(36)

function inOrder(...values: (number | null | undefined)[]): boolean {
  const known = values.filter((value) => typeof value === 'number')
  return known.every((value, nth) => nth === 0 || value >= (known[nth - 1] ?? value))
}

function membersOf(rows: ReadonlyMap<string, ToolRow>): string {
  return Array.from(rows.values(), ({ place, memberId }) => `${place}=${memberId}`)
    .sort()
    .join(' ')
}

/**
 * One of our readings between two of the tool: each offset lies between theirs, and the owners are the same in all
 * three.
 */
async function holdBetween(t: Test, group: string): Promise<void> {
  const before = await toolRows(group)
  const detail = await readAnew(group)
  const after = await toolRows(group)
  const ours = rowsOfDetail(detail)
  for (const [place, first] of before) {
    const [own, last] = [ours.get(place), after.get(place)]
    t.ok(inOrder(first.committed, own?.committed, last?.committed), `the commit of ${place}`, { first, own, last })
    t.ok(inOrder(first.end, own?.end, last?.end), `the end of ${place}`, { first, own, last })
  }
  for (const { committedOffset, logStartOffset, logEndOffset, lag } of detail?.partitions ?? []) {
    if (committedOffset === null || logStartOffset === null || logEndOffset === null) continue
    t.equal(lag, Math.max(0, logEndOffset - Math.max(committedOffset, logStartOffset)))
  }
  if (membersOf(before) === membersOf(after)) t.equal(membersOf(ours), membersOf(before), 'who has what')
}

t.test('under load a reading lies between two readings of the tool; at rest they are equal', async (t) => {
  await untilHealthy()
  const topic = `test-truth-${run}`
  const group = `${topic}-group`
  await knownTopic(t, topic, partitions)
  const producing = await startProducing(t, topic)
  const first = await join(t, topic, group)
  await until(
    'the group commits',
    () => toolRows(group),
    (rows) => sorted(rows).some(({ committed }) => committed !== null)
  )
  await holdBetween(t, group)

  await join(t, topic, group)
  const shared = await until(
    'two members share the partitions',
    () => askGroup(group),
    (detail) => detail?.state === 'Stable' && new Set(detail.partitions.map(({ memberId }) => memberId)).size === 2
  )
  t.equal(shared?.members, 2)
  await holdBetween(t, group)

  await first.leave()
  await producing.stop()
  const rested = await until(
    'the member that is left has read all',
    () => askGroup(group),
    (detail) => detail?.state === 'Stable' && detail.members === 1 && detail.lag === 0
  )
  t.match(rested, { lagSeconds: 0, verdict: 'OK' })
  await holdEqual(t, group, 'one member has read all')
  t.equal(rested?.partitions.length, partitions)
})

t.test('retention passes a commit: there is no phantom lag, and records lost unread are reported', async (t) => {
  const topic = `test-truth-retention-${run}`
  const group = `${topic}-group`
  await knownTopic(t, topic, 1)
  await produce(topic, 100)
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '20' }] })
  await until(
    'the commit is seen',
    () => askGroup(group),
    (detail) => detail?.lag === 80
  )

  const folder = await mkdtemp(joinPath(tmpdir(), 'truth-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = joinPath(folder, 'offsets.json')
  await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset: 50 }] }))
  await kafkaTool('delete-records', '--offset-json-file', file)
  const passed = await until(
    'the log start is seen',
    () => askGroup(group),
    (detail) => detail?.partitions[0]?.logStartOffset === 50
  )
  const earliest = await kafkaTool('get-offsets', '--topic', topic, '--time', '-2')
  t.match(earliest, `${topic}:0:50`)
  const tool = (await toolRows(group)).get(`${topic}/0`)
  t.match(tool, { committed: 20, end: 100, lag: 80 }, 'the tool counts what is gone')
  t.match(passed, { lag: 50, verdict: 'ERR', retentionMarginRecords: -30, retentionLossSeconds: 0 })
  t.match(passed?.partitions, [
    {
      committedOffset: 20,
      logEndOffset: 100,
      lag: 50,
      verdictRule: 3,
      lagSecondsMethod: /interpolated|record_timestamp/
    }
  ])
})
