import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import {
  brokerActions,
  drillActions,
  generalActions,
  groupActions,
  runActions,
  topicActions
} from '../../../../web/app/actions.ts'
import { pageAt } from '../../../../web/app/pages.ts'

const offered = [
  ...topicActions('a b/c'),
  ...groupActions('g/1'),
  ...brokerActions(2),
  ...drillActions({ id: 'd', node: 'kafka-2' }),
  ...runActions({ id: 'r', topic: 't' }),
  ...generalActions
]

t.test('an action is an address of a page, which carries nothing out', async (t) => {
  for (const { label, to } of offered) {
    const url = new URL(to, 'http://localhost')
    t.notMatch(pageAt(url.pathname), { page: 'unknown' }, label)
    t.not(url.searchParams.get('dryRun'), 'false', label)
  }
})

t.test('an action names its endpoint, so that the console can say who may call it', async (t) => {
  const routes = new Set(Object.values(endpoints).map(({ method, path }) => `${method} ${path}`))
  for (const { route, label } of offered) if (route) t.ok(routes.has(route), label)
})

t.test('what ends or removes something comes last', async (t) => {
  for (const actions of [topicActions('t'), brokerActions(1)]) {
    const dangers = actions.map(({ danger = false }) => danger)
    t.same(dangers, dangers.toSorted())
  }
})
