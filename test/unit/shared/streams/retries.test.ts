import t from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import { backoffMs, isTransient } from '#shared/streams/retries.ts'

const backoff = { firstMs: 100, longestMs: 1000 }

t.test('pauses double up to the longest, and up to half of each is left to chance', async (t) => {
  const cases = [
    { failures: 1, random: 0, ms: 50 },
    { failures: 1, random: 1, ms: 100 },
    { failures: 2, random: 1, ms: 200 },
    { failures: 4, random: 1, ms: 800 },
    { failures: 5, random: 1, ms: 1000 },
    { failures: 5, random: 0, ms: 500 },
    { failures: 5000, random: 1, ms: 1000 }
  ]
  for (const { failures, random, ms } of cases)
    t.equal(
      backoffMs(failures, backoff, () => random),
      ms
    )
})

const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
const circular = new Error('round')
circular.cause = circular

const cases: { name: string; error: unknown; transient: boolean }[] = [
  { name: 'an error that a retry may mend', error: new KopsError('kafka_timeout', 'x'), transient: true },
  { name: 'one that it does not', error: new KopsError('event_invalid', 'x'), transient: false },
  { name: 'a failed connection', error: refused, transient: true },
  { name: 'a failed connection as the cause', error: new Error('x', { cause: refused }), transient: true },
  { name: 'an error that says so', error: Object.assign(new Error('x'), { retriable: true }), transient: true },
  {
    name: 'an error that denies it, whatever its cause',
    error: Object.assign(new Error('x', { cause: refused }), { retriable: false }),
    transient: false
  },
  { name: 'a mistake in the program', error: new TypeError('x is undefined'), transient: false },
  { name: 'an error that is its own cause', error: circular, transient: false },
  { name: 'what is no error', error: 'x', transient: false },
  { name: 'nothing', error: undefined, transient: false }
]

for (const { name, error, transient } of cases) {
  t.test(`${name} is ${transient ? '' : 'not '}transient`, async (t) => t.equal(isTransient(error), transient))
}
