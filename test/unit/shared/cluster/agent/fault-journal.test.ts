import { copyFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openFaultJournal } from '#shared/cluster/agent/fault-journal.ts'
import { plannedFault } from '#shared/cluster/agent/fault-rules.ts'

const fault = (id: string, at: number) => plannedFault(id, { kind: 'kill', node: 'kafka-1', leaseMs: 1000 }, at)

t.test('the next agent finds the records, oldest first, in their last state', async (t) => {
  const folder = join(t.testdir(), 'faults')
  const journal = openFaultJournal(folder)
  await journal.write(fault('b', 2000))
  await journal.write(fault('a', 1000))
  await journal.write({ ...fault('a', 1000), state: 'active' })

  const { faults, unreadable } = await openFaultJournal(folder).load()
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
  const journal = openFaultJournal(folder)
  const { faults, unreadable } = await journal.load()
  t.same(faults, [])
  t.same(unreadable.map(({ path }) => path).sort(), [join(folder, 'x.json'), join(folder, 'y.json')])
  t.same((await readdir(folder)).sort(), ['x.json', 'y.json', 'z.json.new'])
})

t.test('healed faults are kept for a while, open ones for as long as they are', async (t) => {
  const folder = t.testdir()
  const journal = openFaultJournal(folder)
  await journal.write(fault('open', 0))
  for (let n = 1; n <= 60; n++) await journal.write({ ...fault(`healed-${n}`, n), state: 'healed' })
  const { faults } = await journal.load()
  t.equal(faults.length, 51)
  t.ok(faults.some(({ id }) => id === 'open'))
  t.notOk(faults.some(({ id }) => id === 'healed-1'))
})

t.test('every later write of a fault fits into the room of the first, whatever its failure says', async (t) => {
  const folder = t.testdir()
  const journal = openFaultJournal(folder)
  await journal.write(fault('a', 0))
  const { length } = await readFile(join(folder, 'a.json'))
  for (const letter of ['x', '\u0001', '"', '\u{1f525}', '\ud83d']) {
    await journal.write({ ...fault('a', 0), state: 'heal-failed', failure: letter.repeat(10_000) })
    const { faults } = await openFaultJournal(folder).load()
    t.match(faults, [{ state: 'heal-failed', failure: /…$/ }])
    t.equal((await readFile(join(folder, 'a.json'))).length, length)
  }
})

t.test('a write that was cut short leaves the state before', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'a.json')
  const journal = openFaultJournal(folder)
  await journal.write(fault('a', 0))
  await journal.write({ ...fault('a', 0), state: 'active' })
  await truncate(path, 4096 + 100)
  const next = openFaultJournal(folder)
  t.match((await next.load()).faults, [{ state: 'injecting' }])
  await next.write({ ...fault('a', 0), state: 'healed' })
  t.match((await openFaultJournal(folder).load()).faults, [{ state: 'healed' }])
})

t.test('a record of an older version is read, and gets room when it is written again', async (t) => {
  const folder = t.testdir({ 'a.json': `${JSON.stringify(fault('a', 0))}\n` })
  const journal = openFaultJournal(folder)
  t.match((await journal.load()).faults, [{ id: 'a', state: 'injecting' }])
  await journal.write({ ...fault('a', 0), state: 'healing' })
  await journal.write({ ...fault('a', 0), state: 'healed' })
  const { faults, unreadable } = await openFaultJournal(folder).load()
  t.match(faults, [{ id: 'a', state: 'healed' }])
  t.same(unreadable, [])
})

t.test('a copy of a record is no record', async (t) => {
  const folder = t.testdir()
  await openFaultJournal(folder).write(fault('a', 0))
  await copyFile(join(folder, 'a.json'), join(folder, 'copy.json'))
  const { faults, unreadable } = await openFaultJournal(folder).load()
  t.match(faults, [{ id: 'a' }])
  t.match(unreadable, [{ path: join(folder, 'copy.json'), reason: 'it has the record of another fault' }])
})

t.test('a folder that cannot be read is named, and can be set aside', async (t) => {
  const folder = join(t.testdir(), 'faults')
  await writeFile(folder, 'a file where the folder should be')
  const journal = openFaultJournal(folder)
  t.match(await journal.load(), { faults: [], unreadable: [{ path: folder, reason: /ENOTDIR/ }] })
  await journal.setAside(folder)
  t.same(await journal.load(), { faults: [], unreadable: [] })
  await journal.write(fault('a', 0))
  t.match((await journal.load()).faults, [{ id: 'a' }])
})
