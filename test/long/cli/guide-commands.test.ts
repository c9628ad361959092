// Runs alone: the commands of the guide stop brokers, and add one.
import t from 'tap'
import { untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { commandsOf, definitionUnderTest, runWritten } from './written-commands.ts'

t.setTimeout(900_000)

t.test('the commands of the task-by-task guide run from top to bottom as they are written', async (t) => {
  const commands = await commandsOf('docs/guide.md')
  t.ok(commands.length > 50, `${commands.length} commands`)
  await runWritten(t, await definitionUnderTest(), commands)
  await untilHealthy()
})
