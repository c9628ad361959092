import fc from 'fast-check'
import t from 'tap'
import { countRuns, runsOf } from '#services/load-test/domain/verification/acknowledged-runs.ts'
import { assertAccounted, enter, type Ledger } from '#services/load-test/domain/verification/ledger.ts'

function acknowledged(firstRecord: number, baseOffset: number | null, records = 1, partition = 0) {
  return { status: 'acknowledged', partition, firstRecord, records, baseOffset } as const
}

/** Bytes of the ledger's numbers. */
function bytesOf(ledger: Ledger): number {
  let bytes = 0
  for (const { acknowledged, ...intervals } of ledger.values()) {
    for (const { triples } of acknowledged.chunks) bytes += triples.byteLength
    for (const { from, to } of Object.values(intervals)) bytes += 8 * (from.length + to.length)
  }
  return bytes
}

t.test('ten million records that continue each other take less than a kilobyte', async (t) => {
  const ledger: Ledger = new Map()
  for (let batch = 0; batch < 100_000; batch += 1) {
    const partition = batch % 12
    const first = Math.floor(batch / 12) * 100
    enter(ledger, acknowledged(first, 5_000_000_000 + first, 100, partition))
  }
  t.ok(bytesOf(ledger) < 1024, `${bytesOf(ledger)} bytes`)
  t.same(Array.from(runsOf(ledger.get(0)?.acknowledged ?? { chunks: [] })), [
    { sequence: 0, offset: 5_000_000_000, records: 833_400 }
  ])
})

t.test('batches between those of another producer take 12 bytes each', async (t) => {
  const ledger: Ledger = new Map()
  const batches = 100_000
  for (let batch = 0; batch < batches; batch += 1) enter(ledger, acknowledged(batch * 70, batch * 140, 70))
  // The last chunk has room left.
  t.ok(bytesOf(ledger) <= 12 * (batches + 4096), `${bytesOf(ledger)} bytes`)
  t.equal(countRuns(ledger.get(0)?.acknowledged ?? { chunks: [] }), batches)
})

t.test('failures that follow each other are one interval', async (t) => {
  const ledger: Ledger = new Map()
  for (let batch = 0; batch < 1000; batch += 1) {
    const status = batch < 500 ? 'failed' : 'indeterminate'
    enter(ledger, { status, partition: 3, firstRecord: batch * 10, records: 10, baseOffset: null })
  }
  enter(ledger, acknowledged(10_000, null, 5, 3))
  t.match(ledger.get(3), {
    failed: { from: [0], to: [5000] },
    indeterminate: { from: [5000], to: [10_000] },
    acknowledgedSomewhere: { from: [10_000], to: [10_005] }
  })
})

t.test('every record keeps its offset, in whatever order outcomes come, near and far', async () => {
  const batch = fc.record({
    skip: fc.constantFrom(0, 0, 0, 1, 7, 5_000_000_000),
    ahead: fc.constantFrom(0, 0, 3, -40, 6_000_000_000),
    records: fc.integer({ min: 1, max: 50 })
  })
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 200 }), fc.boolean(), (batches, backwards) => {
      const ledger: Ledger = new Map()
      let [sequence, offset] = [0, 10_000_000_000]
      const entered = batches.map(({ skip, ahead, records }) => {
        sequence += skip
        offset += ahead
        const run = { sequence, offset, records }
        sequence += records
        offset += records
        return run
      })
      if (backwards) entered.reverse()
      for (const run of entered) enter(ledger, acknowledged(run.sequence, run.offset, run.records))
      const runs = Array.from(runsOf(ledger.get(0)?.acknowledged ?? { chunks: [] }))
      if (String(singly(runs)) !== String(singly(entered))) throw new Error(JSON.stringify({ entered, runs }))
    }),
    { seed: 5, numRuns: 300 }
  )
})

function singly(runs: { sequence: number; offset: number; records: number }[]): string[] {
  return runs
    .flatMap(({ sequence, offset, records }) =>
      Array.from({ length: records }, (_, index) => `${sequence + index}@${offset + index}`)
    )
    .sort()
}

t.test('there is no verdict by ledgers that do not have what was sent', async (t) => {
  const first: Ledger = new Map()
  const place = { records: 5, baseOffset: 7 }
  const statuses = ['acknowledged', 'failed', 'indeterminate', 'unconfirmed', 'aborted'] as const
  for (const [nth, status] of statuses.entries()) {
    enter(first, { ...place, status, partition: nth % 2, firstRecord: nth * 5 })
  }
  enter(first, { ...place, status: 'acknowledged', partition: 3, firstRecord: 0, baseOffset: null })
  t.doesNotThrow(() => assertAccounted([first, new Map()], [30, 0]))
  t.throws(() => assertAccounted([first, new Map()], [30, 30]), {
    message: /producer 0 sent 30 and has 30, producer 1 sent 30 and has 0$/
  })
  t.throws(() => assertAccounted([first], [29]), { message: /lost account/ })
})
