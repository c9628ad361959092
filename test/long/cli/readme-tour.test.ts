// Runs alone: the commands of the README do anything.
import t from 'tap'
import { clientOf } from '#cli/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { kopsJson } from '../../integration/cli/kops.ts'
import { until } from '../../integration/cluster/own-cluster.ts'
import { untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { commandsOf, definitionUnderTest, runWritten } from './written-commands.ts'

t.setTimeout(900_000)

const definition = await definitionUnderTest()
const tour = await commandsOf('README.md', ['## Tour', '## Access control'])

/** The difference between the catalog and the cluster, without the time of reading and the topics that kops makes when it needs them. */
async function differences() {
  const { asOf, own, ...plan } = await kopsJson(endpoints.planCatalog, ['catalog', 'plan', 'log-streaming'])
  return plan
}

t.test('the README’s tour runs from top to bottom as it is written', async (t) => {
  t.ok(tour.length > 35, `${tour.length} commands`)
  const before = await differences()
  const done = await runWritten(t, definition, tour)
  const begun = done.find(({ written }) => /POST .*\/api\/drills/.test(written))?.stdout ?? '{}'
  const drill: string = JSON.parse(begun).id ?? ''
  t.not(drill, '', 'the tour began a drill')
  await until('the drill that the tour began has ended', 180_000, async () => {
    const { status } = await clientOf(definition).call(endpoints.drill, { params: { id: drill } })
    return !['pending', 'running', 'healing', 'verifying'].includes(status)
  })
  t.match(await clientOf(definition).call(endpoints.drill, { params: { id: drill } }), { verdict: { result: 'pass' } })
  await untilHealthy()
  t.same(await differences(), before, 'catalogs are as they were')
})
