import t from 'tap'
import { bundled, topicsListOfNone } from './bundled.ts'

t.test('the bundle of the command line does what its sources do', async (t) => {
  const { main, start } = await bundled(t)
  t.match((await start(main, '--version')).text, /^\d+\.\d+\.\d+\n$/)
  t.equal((await start(main, ...(await topicsListOfNone(t)))).text, 'No topics.\n')
})
