import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { canonicalHash } from '#shared/audit/canonical-json.ts'
import { createChainFile } from '#shared/audit/chain-file.ts'
import { memoryChain, plainEvent } from './memory-chain.ts'

const onProblem = (error: unknown) => {
  throw error
}

t.test('a chain goes on after a restart and after a kill, and not after the machine went down', async (t) => {
  const path = join(t.testdir(), 'data', 'chain.json')
  const open = (boot: string, writer: string) => {
    const store = createChainFile({ path, onProblem, boot })
    const chain = memoryChain(store, writer)
    return { chain, store }
  }
  const first = open('boot-1', 'a')
  t.match(first.store.read(), { because: 'no-state' })
  const event = first.chain.link(plainEvent(0))
  t.match(event.chain, { writer: 'a', sequence: 0, previous: null, started: { because: 'no-state' } })
  first.chain.settle(event, true)
  first.chain.close()

  const second = open('boot-2', 'b')
  const next = second.chain.link(plainEvent(1))
  t.match(next.chain, { writer: 'a', sequence: 1, previous: { hash: canonicalHash(event), at: event.at } })
  t.equal(next.chain.started, undefined)
  // Killed: neither settled nor closed.
  const third = open('boot-2', 'c')
  const late = third.chain.link(plainEvent(2))
  t.match(late.chain, { writer: 'a', sequence: 2, unwritten: [{ from: 1, to: 1 }] })

  const fourth = open('boot-3', 'd')
  const begun = fourth.chain.link(plainEvent(3))
  t.match(begun.chain, {
    writer: 'd',
    sequence: 0,
    started: { because: 'machine-restarted', after: { writer: 'a', sequence: 2, hash: canonicalHash(late) } }
  })
})

t.test('a state that cannot be read begins a new chain, and says so', async (t) => {
  const path = join(t.testdir(), 'chain.json')
  for (const text of ['', '{', '{"writer":"a"}\n', 'null\n']) {
    await writeFile(path, text)
    const { chain } = memoryChain(createChainFile({ path, onProblem }), 'b').link(plainEvent(0))
    t.match(chain, { writer: 'b', sequence: 0, started: { because: 'state-unreadable' } }, text)
  }
})

t.test('a longer state leaves nothing behind in a shorter one', async (t) => {
  const path = join(t.testdir(), 'chain.json')
  const chain = memoryChain(createChainFile({ path, onProblem }), 'a')
  const failed = [0, 2, 4].map((number) => {
    const event = chain.link(plainEvent(number))
    chain.settle(chain.link(plainEvent(number + 1)), true)
    return event
  })
  for (const event of failed) chain.settle(event, false)
  chain.settle(chain.link(plainEvent(6)), true)
  const before = await readFile(path, 'utf8')
  t.ok(before.split('\n').length > 1)
  t.match(createChainFile({ path, onProblem }).read(), { continues: { writer: 'a', sequence: 6, open: [] } })
})

t.test(
  'a state that cannot be written is reported, keeps no event from being linked, and is kept again once it can be',
  async (t) => {
    const folder = t.testdir()
    await writeFile(join(folder, 'file'), '')
    const problems: unknown[] = []
    const path = join(folder, 'file', 'chain.json')
    const chain = memoryChain(createChainFile({ path, onProblem: (error) => problems.push(error) }), 'a')
    t.equal(chain.link(plainEvent(0)).chain.sequence, 0)
    t.equal(chain.link(plainEvent(1)).chain.sequence, 1)
    t.ok(problems.length > 0)
    await rm(join(folder, 'file'))
    chain.settle(chain.link(plainEvent(2)), true)
    t.match(createChainFile({ path, onProblem }).read(), { continues: { writer: 'a', sequence: 2 } })
  }
)
