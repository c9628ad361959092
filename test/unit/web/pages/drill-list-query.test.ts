import t from 'tap'
import { filterOf, matchingDrills } from '../../../../web/pages/drill-list-query.ts'
import { drill } from '../../cli/drills/drill.ts'

const { verdict } = drill()
if (!verdict) throw new Error('the drill has a verdict')

t.test('a drill counts as one thing', async (t) => {
  t.equal(filterOf(drill()), 'pass')
  t.equal(filterOf(drill({ verdict: { ...verdict, result: 'aborted' }, status: 'aborted' })), 'aborted')
  t.equal(filterOf(drill({ verdict: null, status: 'queued' })), 'running')
  t.equal(filterOf(drill({ verdict: null, status: 'failed' })), 'fail')
  t.equal(filterOf(drill({ verdict: null, status: 'completed' })), 'inconclusive')
})

t.test('a list has the drills with every word, and the verdict that is asked for', async (t) => {
  const onTopic = drill({ id: 'b', request: { kind: 'broker-kill', node: 'kafka-2', topic: 'orders' } })
  const failed = drill({ id: 'c', kind: 'leader-kill', verdict: { ...verdict, result: 'fail' } })
  const all = [drill({ id: 'a' }), onTopic, failed]
  const ids = (q: string, result: string | null = null) =>
    matchingDrills(all, { q, verdict: result }).map(({ id }) => id)
  t.same(ids(''), ['a', 'b', 'c'])
  t.same(ids('KAFKA-2 stop'), ['a', 'b'])
  t.same(ids('orders'), ['b'])
  t.same(ids('', 'fail'), ['c'])
  t.same(ids('orders', 'fail'), [])
})
