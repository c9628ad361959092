import t from 'tap'
import type { ContainerHealth, ListedContainer } from '#shared/cluster/compose/container-list.ts'
import { findFailed } from '#shared/cluster/compose/health-wait.ts'

const one = (health: ContainerHealth): ListedContainer[] => [{ name: 'kafka-1', health, port: undefined }]

t.test('a container that stopped has failed at once', async (t) => {
  t.equal(findFailed(one('stopped'), new Map(), 0, 1000)?.name, 'kafka-1')
})

t.test('a container that is starting is waited for', async (t) => {
  const badSince = new Map<string, number>()
  t.equal(findFailed(one('starting'), badSince, 0, 1000), undefined)
  t.equal(findFailed(one('starting'), badSince, 100_000, 1000), undefined)
})

t.test('a container that stays bad has failed when patience ends, and not before', async (t) => {
  for (const health of ['unhealthy', 'restarting'] as const) {
    const badSince = new Map<string, number>()
    t.equal(findFailed(one(health), badSince, 500, 1000), undefined, `${health}, just seen`)
    t.equal(findFailed(one(health), badSince, 1500, 1000), undefined, `${health}, for as long as patience`)
    t.equal(findFailed(one(health), badSince, 1501, 1000)?.health, health, `${health}, for longer`)
  }
})

t.test('a container that was healthy in between starts to count again', async (t) => {
  const badSince = new Map<string, number>()
  findFailed(one('unhealthy'), badSince, 0, 1000)
  findFailed(one('healthy'), badSince, 900, 1000)
  t.equal(findFailed(one('unhealthy'), badSince, 1500, 1000), undefined)
})
