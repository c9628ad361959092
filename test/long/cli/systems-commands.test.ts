// Runs alone: it stops a broker, and the commands are those of five systems.
import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '#cli/config.ts'
import { applyFirstCatalogs, catalogsToApply } from '#cli/first-catalogs.ts'
import { untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { commandsOf, definitionUnderTest, runWritten } from './written-commands.ts'

t.setTimeout(900_000)

const definition = await definitionUnderTest()

t.test('after a setup the commands of every system run as they are written', async (t) => {
  const files = await catalogsToApply(join(projectRoot, 'catalog'), [])
  const startedAt = performance.now()
  const { applied } = await applyFirstCatalogs(definition, files)
  t.comment(`${files.length} catalogs in ${Math.round(performance.now() - startedAt)} ms`)
  t.equal(applied.length, files.length)
  t.strictSame(
    applied.flatMap(({ warnings }) => warnings),
    [],
    'catalogs agree with each other and with their policies'
  )
  const again = await applyFirstCatalogs(definition, files)
  const changed = again.applied.flatMap(({ changes }) => changes).filter((change) => change.applied)
  t.strictSame(changed, [], 'applying them once more changes nothing')
  await untilHealthy()
  const done = await runWritten(t, definition, await commandsOf('docs/systems.md'))
  t.ok(done.length > 30)
  await untilHealthy()
})
