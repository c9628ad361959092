import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { openFaultJournal } from '#shared/cluster/agent/fault-journal.ts'
import { plannedFault } from '#shared/cluster/agent/fault-rules.ts'

const fault = plannedFault('f', { kind: 'isolate', node: 'kafka-1', leaseMs: 1000 }, 0)
const slotBytes = 4096

t.test('whatever is in a file, it is a fault or is named as unreadable, and nothing rejects', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'f.json')
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)))
      ),
      async (bytes) => {
        await writeFile(path, bytes)
        const { faults, unreadable } = await openFaultJournal(folder).load()
        t.equal(faults.length + unreadable.length, 1)
      }
    ),
    { numRuns: 200, seed: 2024 }
  )
})

t.test('a write that leaves anything in its own slot leaves the state before, or the one it wrote', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'f.json')
  const journal = openFaultJournal(folder)
  await journal.write(fault)
  await journal.write({ ...fault, state: 'active' })
  const whole = await readFile(path)
  await fc.assert(
    fc.asyncProperty(fc.nat(slotBytes - 1), fc.uint8Array({ minLength: 1, maxLength: 64 }), async (at, bytes) => {
      // The newer state is in the second slot.
      const torn = Buffer.from(whole)
      torn.set(bytes.subarray(0, slotBytes - at), slotBytes + at)
      await writeFile(path, torn)
      const { faults, unreadable } = await openFaultJournal(folder).load()
      t.same(unreadable, [])
      t.equal(faults.length, 1)
      t.match(faults, [{ node: 'kafka-1', kind: 'isolate' }])
    }),
    { numRuns: 300, seed: 2024 }
  )
})
