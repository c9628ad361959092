import fc from 'fast-check'
import t from 'tap'
import { canonicalHash } from '#shared/audit/canonical-json.ts'
import type { ChainedEvent } from '#shared/audit/chain.ts'
import { type FindingKind, verifyChain } from '#shared/audit/verify-chain.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import { linkedEvents, memoryChain, memoryStore, plainEvent } from './memory-chain.ts'

const seed = Number(process.env['KOPS_TEST_SEED'] ?? 1)
const events = linkedEvents(12)
const head = canonicalHash(events.at(-1))
const kindsOf = (found: readonly AuditEvent[], options?: Parameters<typeof verifyChain>[1]): FindingKind[] =>
  verifyChain(found, options).findings.map(({ kind }) => kind)
const brokenIn = (found: readonly AuditEvent[], options?: Parameters<typeof verifyChain>[1]) =>
  verifyChain(found, options).findings.filter(({ broken }) => broken)

t.test('a whole chain is intact, and its head is reported', async (t) => {
  const report = verifyChain(events, { heads: [head] })
  t.match(report, { intact: true, events: 12, findings: [{ kind: 'started', broken: false }] })
  t.match(report.chains, [{ writer: 'test-1', events: 12, first: { sequence: 0 }, last: { sequence: 11 }, head }])
})

t.test('whichever events are deleted before the last one, they are missing', async () => {
  const which = fc.uniqueArray(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 11 })
  fc.assert(
    fc.property(which, (deleted) => {
      const found = brokenIn(events.filter((_, index) => !deleted.includes(index)))
      const first = Math.min(...deleted)
      const next = events.findIndex((_, index) => index > first && !deleted.includes(index))
      return found[0]?.kind === 'missing' && found[0].event?.id === events[next]?.id
    }),
    { seed }
  )
})

/** Every change of one leaf of an event, however deep. */
const leaves = (value: unknown, path: string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]))
    : [path]
function altered(event: ChainedEvent, path: string[]): ChainedEvent {
  const copy = structuredClone(event)
  const holder = path.slice(0, -1).reduce((at: unknown, name) => Reflect.get(Object(at), name), copy)
  const name = path.at(-1) ?? ''
  const old: unknown = Reflect.get(Object(holder), name)
  Reflect.set(
    Object(holder),
    name,
    typeof old === 'number' ? old + 100 : typeof old === 'boolean' ? !old : `${old ?? ''}x`
  )
  return copy
}

t.test('whatever is changed in an event before the last one breaks the chain', async () => {
  const place = fc
    .integer({ min: 0, max: 10 })
    .chain((index) => fc.record({ index: fc.constant(index), path: fc.constantFrom(...leaves(events[index])) }))
  fc.assert(
    fc.property(place, ({ index, path }) => {
      const changed = events.map((event, at) => (at === index ? altered(event, path) : event))
      const named = brokenIn(changed).map(({ event }) => event?.id)
      // Another writer or another place is missing where the event was.
      const elsewhere = ['writer', 'sequence', 'id'].includes(path.at(-1) ?? '')
      return named.length > 0 && (elsewhere || named.includes(events[index]?.id ?? ''))
    }),
    { seed, numRuns: 500 }
  )
})

t.test(
  'the last event cannot vouch for itself: only a head from elsewhere shows that it was changed or cut off',
  async (t) => {
    const changed = [...events.slice(0, -1), { ...events[11], target: 'b' } as ChainedEvent]
    const cut = events.slice(0, -3)
    for (const found of [changed, cut]) {
      t.same(brokenIn(found), [])
      t.match(brokenIn(found, { heads: [head] }), [{ kind: 'cut-off', message: new RegExp(head) }])
    }
    t.same(brokenIn(events, { heads: [canonicalHash(events[4])] }), [], 'an earlier head is still there')
  }
)

t.test('two events that change places are reordered', async () => {
  const two = fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { minLength: 2, maxLength: 2 })
  fc.assert(
    fc.property(two, ([a = 0, b = 0]) => {
      const swapped = events.map((event, at) => (at === a ? events[b] : at === b ? events[a] : event) ?? event)
      const found = brokenIn(swapped)
      return found.length > 0 && found.every(({ kind }) => kind === 'reordered')
    }),
    { seed }
  )
})

t.test('a copy is reported and breaks nothing; another event in the same place does', async () => {
  const copies = fc.record({ which: fc.integer({ min: 0, max: 11 }), at: fc.integer({ min: 0, max: 12 }) })
  fc.assert(
    fc.property(copies, ({ which, at }) => {
      const copy = events[which] as ChainedEvent
      const report = verifyChain(events.toSpliced(Math.max(at, which + 1), 0, copy))
      const forged = verifyChain(events.toSpliced(which + 1, 0, { ...copy, target: 'b' }))
      return (
        report.intact &&
        report.findings.some(({ kind, event }) => kind === 'duplicated' && event?.id === copy.id) &&
        forged.findings[0]?.kind === 'changed'
      )
    }),
    { seed }
  )
})

t.test('older and newer events than asked for may be absent', async (t) => {
  const since = new Date(events[5]?.at ?? '')
  t.match(brokenIn(events.slice(5)), [{ kind: 'missing', message: /events 0 to 4 are missing before event 5/ }])
  t.same(brokenIn(events.slice(5), { since }), [])
  t.match(brokenIn(events.slice(6), { since }), [{ kind: 'missing' }], 'the fifth was not yet due')
  t.same(brokenIn(events.toSpliced(2, 1), { since }), [], 'a partition may keep older events than another')
  t.same(brokenIn(events.toSpliced(10, 1), { until: new Date(events[9]?.at ?? '') }), [])
})

t.test('an event that could not be written leaves a hole that the next ones declare, across a restart', async (t) => {
  const store = memoryStore()
  const chain = memoryChain(store)
  const written = [0, 1].map((number) => chain.link(plainEvent(number)))
  for (const event of written) chain.settle(event, true)
  chain.settle(chain.link(plainEvent(2)), false)
  chain.settle(chain.link(plainEvent(3)), false)
  // It died before it knew.
  const unknown = chain.link(plainEvent(4))
  const after = memoryChain(store)
  const next = [5, 6].map((number) => {
    const event = after.link(plainEvent(number))
    after.settle(event, true)
    return event
  })
  t.match(next[0]?.chain, { writer: 'test-1', sequence: 5, unwritten: [{ from: 2, to: 4 }] })
  t.equal(next[1]?.chain.unwritten, undefined, 'what is known to have been declared is not declared again')
  t.same(brokenIn([...written, ...next]), [])
  t.same(brokenIn([...written, unknown, ...next]), [], 'it was written after all')
  const forged = [written[0], { ...written[1], target: 'b' }, ...next] as ChainedEvent[]
  t.match(
    brokenIn(forged),
    [{ kind: 'changed', event: { id: 'r1:applied' } }],
    'a hole vouches for the event before it'
  )
  t.match(brokenIn([written[0], ...next] as ChainedEvent[]), [{ kind: 'missing', message: /^event 1 is missing/ }])
})

t.test('events of several writers are checked apart; a new chain says what it follows', async (t) => {
  const old = linkedEvents(4)
  const [, , , last] = old
  const store = { ...memoryStore(), read: () => ({ because: 'machine-restarted', last: stateOf(last) }) as const }
  const others = linkedEvents(3, memoryChain(store, 'test-2'))
  const mixed = [old, others].flat().sort((a, b) => (a.at < b.at ? -1 : 1))
  t.match(verifyChain(mixed), { intact: true, chains: [{ writer: 'test-1' }, { writer: 'test-2' }] })
  t.ok(verifyChain(mixed).findings.some(({ message }) => /test-2 begins.*machine.*follows chain test-1/.test(message)))
  t.match(brokenIn([...old.slice(0, 3), ...others]), [{ kind: 'missing', message: /event 3 of test-1 is missing/ }])
  const changed = [...old.slice(0, 3), { ...last, target: 'b' } as ChainedEvent, ...others]
  t.match(brokenIn(changed), [{ kind: 'changed', event: { id: 'r3:applied' } }])
})

t.test('events without a place are older than every chain, or break it', async (t) => {
  const { chain: _chain, ...bare } = events[3] as ChainedEvent
  t.match(verifyChain([{ ...bare, at: '2020-01-01T00:00:00Z' }, ...events]).intact, true)
  t.match(brokenIn([...events, bare]), [{ kind: 'unchained', event: { id: 'r3:applied' } }])
  t.same(kindsOf([]), [])
})

function stateOf(event: ChainedEvent | undefined) {
  if (event === undefined) throw new Error('no event')
  const { writer, sequence } = event.chain
  return { writer, sequence, hash: canonicalHash(event), at: event.at, open: [] }
}
