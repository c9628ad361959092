import t from 'tap'
import { noContactYet, silentMs, silentSince } from '../../../../web/live/stream-contact.ts'

t.test('a stream is silent when it is lost, or more than two pings are missing', async (t) => {
  t.equal(silentSince(noContactYet, silentMs * 9), undefined, 'one that is being opened')
  t.equal(silentSince({ contactAt: 5, lostAt: undefined }, 5 + silentMs), undefined)
  t.equal(silentSince({ contactAt: 5, lostAt: undefined }, 6 + silentMs), 5)
  t.equal(silentSince({ contactAt: 5, lostAt: 7 }, 8), 7)
})
