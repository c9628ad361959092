import t from 'tap'
import { consolePages } from '#shared/console-pages.ts'
import { addresses, addressOf, navigation, pageAt } from '../../../../web/app/pages.ts'

t.test('each address is one page', async (t) => {
  const cases: [path: string, page: object][] = [
    ['/', { page: 'overview' }],
    ['/topics', { page: 'topics' }],
    ['/topics/', { page: 'topics' }],
    ['/topics/orders', { page: 'topic', topic: 'orders', tab: 'partitions' }],
    ['/topics/orders/config', { page: 'topic', topic: 'orders', tab: 'config' }],
    ['/topics/orders/messages/3/120', { page: 'topic', topic: 'orders', tab: 'messages', partition: 3, offset: 120 }],
    ['/topics/orders/messages/3', { page: 'unknown' }],
    ['/topics/orders/messages/3/x', { page: 'unknown' }],
    ['/topics/orders/config/3/4', { page: 'unknown' }],
    ['/topics/orders/nonsense', { page: 'unknown' }],
    ['/groups/a%2Fb%20c', { page: 'group', group: 'a/b c' }],
    ['/groups/a/b', { page: 'unknown' }],
    ['/groups/%', { page: 'group', group: '%' }],
    ['/brokers/2', { page: 'broker', broker: 2 }],
    ['/brokers/kafka-2', { page: 'unknown' }],
    ['/drills/20260131T123456-9f3a1c', { page: 'drill', id: '20260131T123456-9f3a1c' }],
    ['/drills', { page: 'drills' }],
    ['/catalogs', { page: 'catalogs' }],
    ['/catalogs/log-streaming', { page: 'catalogs', catalog: 'log-streaming' }],
    ['/acls', { page: 'acls' }],
    ['/acls/x', { page: 'unknown' }],
    ['/dead-letters/orders.dlq', { page: 'dead-letters', queue: 'orders.dlq' }],
    ['/dead-letters/orders.dlq/0', { page: 'unknown' }],
    ['/reassignments', { page: 'reassignments' }],
    ['/connect/my%20sink', { page: 'connect', connector: 'my sink' }],
    ['/drills/new', { page: 'newDrill' }],
    ['/drills/scorecard', { page: 'scorecard' }],
    ['/drills/gamedays', { page: 'gameDays' }],
    ['/drills/gamedays/20260131T123456-9f3a11', { page: 'gameDay', id: '20260131T123456-9f3a11' }],
    ['/drills/gamedays/new', { page: 'newGameDay' }],
    ['/drills/gamedays/x/y', { page: 'unknown' }],
    ['/drills/x/y', { page: 'unknown' }],
    ['/load/x', { page: 'loadTest', id: 'x' }],
    ['/load/new', { page: 'newLoadTest' }],
    ['/load/compare', { page: 'compareLoadTests' }],
    ['/capacity', { page: 'capacity' }],
    ['/load/new/x', { page: 'unknown' }],
    ['/nonsense', { page: 'unknown' }]
  ]
  for (const [path, page] of cases) t.same(pageAt(path), page, path)
})

t.test('addresses lead to what they name, whatever it is called', async (t) => {
  for (const name of ['orders', '../x', 'a b', 'ä/ö', '%41', '?q=1#x']) {
    t.same(pageAt(addresses.topic(name)), { page: 'topic', topic: name, tab: 'partitions' }, name)
    t.same(pageAt(addresses.group(name)), { page: 'group', group: name }, name)
  }
  t.same(pageAt(addresses.message('a', 0, 12)), {
    page: 'topic',
    topic: 'a',
    tab: 'messages',
    partition: 0,
    offset: 12
  })
  t.equal(addressOf(['audit'], { actor: 'a b', target: undefined, empty: '', no: false, n: 0 }), '/audit?actor=a+b&n=0')
})

t.test('the navigation has every page that admin-service serves, and each of its keys once', async (t) => {
  t.same(
    navigation
      .flat()
      .map(({ name }) => name)
      .sort(),
    [...consolePages].sort()
  )
  const keys = navigation.flat().flatMap(({ key }) => key ?? [])
  t.same(keys, [...new Set(keys)])
  for (const { name } of navigation.flat()) t.not(pageAt(`/${name}`).page, 'unknown', name)
})
