import t from 'tap'
import {
  discardRequest,
  errorClasses,
  letterQuery,
  letterSpans,
  replayRequest,
  shortClass
} from '../../../../web/pages/letter-requests.ts'

const form = (fields: Record<string, string>) => (name: string) => fields[name] ?? ''

t.test('the address of the page chooses letters; values come as text', async (t) => {
  const of = (search: string) => letterQuery(new URLSearchParams(search))
  t.same(of(''), { limit: 50, format: 'text' })
  t.same(of('status=all&error=Data&origin=orders&p=2&from=latest'), {
    ...{ status: 'all', error: 'Data', originTopic: 'orders', partition: 2, from: 'latest' },
    ...{ limit: 50, format: 'text' }
  })
  t.same(of('status=x&p=a&from=earliest'), { limit: 50, format: 'text' })
})

t.test('letters are named by their places', async (t) => {
  t.same(letterSpans(''), [])
  t.same(letterSpans('0:12-40, 2:7'), [
    { partition: 0, from: 12, to: 40 },
    { partition: 2, from: 7 }
  ])
  for (const wrong of ['12', '0:12-', '0:a', 'x 0:12']) t.equal(letterSpans(wrong), undefined, wrong)
})

t.test('errors are counted by class, the most frequent first', async (t) => {
  const letter = (errorClass: string | null) => ({ origin: { errorClass } }) as Parameters<typeof errorClasses>[0][0]
  t.same(errorClasses([letter('b.B'), letter(null), letter('a.A'), letter('b.B')]), [
    { errorClass: 'b.B', letters: 2 },
    { errorClass: null, letters: 1 },
    { errorClass: 'a.A', letters: 1 }
  ])
  t.equal(shortClass('org.apache.kafka.connect.errors.DataException'), 'DataException')
  t.equal(shortClass('Error'), 'Error')
})

t.test('a form becomes a replay or a discard, or says what is wrong', async (t) => {
  t.same(discardRequest(form({})), { asked: {} })
  t.same(
    replayRequest(
      form({ letters: '0:3', error: 'E', origin: 'o', p: '0', limit: '5', rate: '10', to: 'o2', unconfirmed: 'yes' })
    ),
    {
      asked: {
        ...{ letters: [{ partition: 0, from: 3 }], error: 'E', originTopic: 'o', partition: 0, limit: 5 },
        ...{ maxPerSecond: 10, to: 'o2', includeUnconfirmed: true }
      }
    }
  )
  for (const [fields, message] of [
    [{ letters: '3' }, /places such as/],
    [{ limit: '0' }, /number of letters/],
    [{ limit: '100001' }, /number of letters/],
    [{ rate: 'fast' }, /rate/],
    [{ p: '-1' }, /partition/],
    [{ force: 'yes' }, /reason is missing/]
  ] as const) {
    t.match(replayRequest(form(fields)), { message })
  }
})
