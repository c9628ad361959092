import t from 'tap'
import { createDecisionBook, type Decision, decisionKey } from '#shared/streams/dead-letters/decisions.ts'

const place = { queue: 'orders.dlq', queueId: 'id-1', partition: 0 }

function decision(from: number, to: number, status: Decision['status'], more: Partial<Decision> = {}): Decision {
  return { ...place, from, to, status, at: '2026-01-31T12:00:00.000Z', by: 'alice', ...more }
}

function bookOf(decisions: readonly Decision[]) {
  const book = createDecisionBook()
  for (const each of decisions) book.apply(decisionKey(each), each)
  return book
}

const letterOf = { replayed: 'r', discarded: 'd', unconfirmed: 'u', open: '?' }

/** What counts for offsets 0 to 9: a letter each, a dot where nothing is decided. */
const shown = (book: ReturnType<typeof createDecisionBook>, queue = place) =>
  Array.from({ length: 10 }, (_, offset) => {
    const found = book.at(queue, offset)
    return found === undefined ? '.' : letterOf[found.status]
  }).join('')

const cases: [name: string, decisions: Decision[], expected: string][] = [
  ['nothing', [], '..........'],
  ['one letter', [decision(3, 3, 'replayed')], '...r......'],
  ['a later one within', [decision(0, 9, 'discarded'), decision(3, 5, 'replayed')], 'dddrrrdddd'],
  ['a later one around', [decision(3, 5, 'replayed'), decision(0, 9, 'discarded')], 'dddddddddd'],
  [
    'overlaps on both sides',
    [decision(0, 4, 'replayed'), decision(6, 9, 'replayed'), decision(3, 7, 'discarded')],
    'rrrdddddrr'
  ],
  ['the same letters again', [decision(2, 4, 'unconfirmed'), decision(2, 4, 'replayed')], '..rrr.....'],
  ['opened again, in part', [decision(0, 9, 'unconfirmed'), decision(4, 5, 'open')], 'uuuu..uuuu'],
  ['opened and decided', [decision(0, 3, 'open'), decision(1, 1, 'discarded')], '.d........']
]
for (const [name, decisions, expected] of cases) {
  t.test(`the last decision on a letter counts: ${name}`, async (t) => {
    t.equal(shown(bookOf(decisions)), expected)
  })
}

t.test('a tombstone takes away what its record still says', async (t) => {
  const [wide, narrow] = [decision(0, 9, 'discarded'), decision(3, 5, 'replayed')]
  const book = bookOf([wide, narrow])
  book.apply(decisionKey(wide), null)
  t.equal(shown(book), '...rrr....')
  book.apply(decisionKey(narrow), null)
  book.apply('unknown', null)
  t.equal(shown(book), '..........')
  t.equal(book.entries().size, 0)
})

t.test('decisions on a queue that was deleted do not count for one recreated under its name', async (t) => {
  const book = bookOf([decision(0, 9, 'discarded')])
  t.equal(shown(book, { ...place, queueId: 'id-2' }), '..........')
  t.equal(book.undecided({ ...place, queueId: 'id-2' }, 0, 10), 10)
  t.equal(book.firstUndecided({ ...place, queueId: 'id-2' }, 0, 10), 0)
  t.equal(shown(book, { ...place, partition: 1 }), '..........')
})

t.test('undecided letters: how many there are, which is the first, and which of them are unconfirmed', async (t) => {
  const book = bookOf([decision(0, 2, 'replayed'), decision(3, 4, 'discarded'), decision(6, 7, 'unconfirmed')])
  t.equal(book.undecided(place, 0, 10), 5)
  t.equal(book.undecided(place, 2, 7), 2)
  t.equal(book.undecided(place, 0, 4), 0)
  t.equal(book.unconfirmed(place, 0, 10), 2)
  t.equal(book.unconfirmed(place, 7, 10), 1)
  t.equal(book.firstUndecided(place, 0, 10), 5)
  t.equal(book.firstUndecided(place, 7, 10), 7)
  t.equal(book.firstUndecided(place, 0, 5), null)
  t.equal(book.firstUndecided(place, 0, 0), null)
})

t.test('the place of a record says which replay has written it', async (t) => {
  const written = [
    { partition: 1, from: 10, to: 19 },
    { partition: 2, from: 0, to: 0 }
  ]
  const again = [{ partition: 1, from: 30, to: 30 }]
  const book = bookOf([
    decision(5, 5, 'replayed', { target: 'orders', replays: 2, written: again }),
    decision(0, 9, 'replayed', { target: 'orders', replays: 1, written })
  ])
  const replaysOf = (partition: number, offset: number, topic = 'orders') =>
    book.replaysOf({ topic, partition, offset })
  t.same([replaysOf(1, 9), replaysOf(1, 10), replaysOf(1, 19), replaysOf(1, 20), replaysOf(1, 30)], [0, 1, 1, 0, 2])
  t.same([replaysOf(2, 0), replaysOf(2, 1), replaysOf(1, 10, 'payments')], [1, 0, 0])
})

t.test('it agrees with one note for each letter, whatever is decided in whatever order', async (t) => {
  let state = 42
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
  const statuses = ['replayed', 'discarded', 'unconfirmed', 'open'] as const
  for (let round = 0; round < 200; round++) {
    const book = createDecisionBook()
    const notes: (string | undefined)[] = []
    for (let step = 0; step < 12; step++) {
      const from = random(10)
      const each = decision(from, Math.min(9, from + random(5)), statuses[random(4)] ?? 'open')
      book.apply(decisionKey(each), each)
      for (let offset = each.from; offset <= each.to; offset++) {
        notes[offset] = each.status === 'open' ? undefined : letterOf[each.status]
      }
    }
    const expected = Array.from({ length: 10 }, (_, offset) => notes[offset] ?? '.').join('')
    t.equal(shown(book), expected)
    const open = [...expected].flatMap((each, offset) => (each === '.' || each === 'u' ? [offset] : []))
    t.equal(book.undecided(place, 0, 10), open.length)
    t.equal(book.firstUndecided(place, 0, 10), open[0] ?? null)
    if (!t.passing()) return
  }
})
