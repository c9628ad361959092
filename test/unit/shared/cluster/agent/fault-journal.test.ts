import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openFaultJournal } from '#shared/cluster/agent/fault-journal.ts'
import { plannedFault } from '#shared/cluster/agent/fault-rules.ts'

const fault = (id: string, at: number) => plannedFault(id, { kind: 'kill', node: 'kafka-1', leaseMs: 1000 }, at)

t.test('the next agent finds the records, oldest first, in their last state', async (t) => {
  const folder = join(t.testdir(), 'faults')
  const journal = await openFaultJournal(folder)
  await journal.write(fault('b', 2000))
  await journal.write(fault('a', 1000))
  await journal.write({ ...fault('a', 1000), state: 'active' })

  const { faults, unreadable } = await (await openFaultJournal(folder)).load()
  t.same(
    faults.map(({ id, state }) => [id, state]),
    [
      ['a', 'active'],
      ['b', 'injecting']
    ]
  )
  t.same(unreadable, [])
})

t.test('a file that is not a fault is named and left alone, and a partial write is ignored', async (t) => {
  const folder = t.testdir({ 'x.json': '{"id":', 'y.json': '{}', 'z.json.new': '{' })
  const journal = await openFaultJournal(folder)
  const { faults, unreadable } = await journal.load()
  t.same(faults, [])
  t.same(unreadable.sort(), ['x.json', 'y.json'])
  t.same((await readdir(folder)).sort(), ['x.json', 'y.json', 'z.json.new'])
})

t.test('healed faults are kept for a while, open ones for as long as they are', async (t) => {
  const folder = t.testdir()
  const journal = await openFaultJournal(folder)
  await journal.write(fault('open', 0))
  for (let n = 1; n <= 60; n++) await journal.write({ ...fault(`healed-${n}`, n), state: 'healed' })
  const { faults } = await journal.load()
  t.equal(faults.length, 51)
  t.ok(faults.some(({ id }) => id === 'open'))
  t.notOk(faults.some(({ id }) => id === 'healed-1'))
})
