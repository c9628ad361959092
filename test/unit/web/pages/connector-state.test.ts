import t from 'tap'
import { connectorState } from '../../../../web/pages/connector-state.ts'

t.test('a connector is as its worst part', async (t) => {
  const of = (state: string, ...tasks: string[]) => connectorState({ state, tasks: tasks.map((state) => ({ state })) })
  t.same(of('RUNNING', 'RUNNING'), { mark: 'healthy', word: 'running' })
  t.same(of('RUNNING', 'FAILED', 'RUNNING'), { mark: 'down', word: '1 of 2 tasks failed' })
  t.same(of('FAILED', 'FAILED'), { mark: 'down', word: 'failed' })
  t.same(of('PAUSED', 'PAUSED'), { mark: 'unknown', word: 'paused' })
  t.same(of('UNASSIGNED'), { mark: 'degraded', word: 'unassigned' })
  t.same(of('NEW'), { mark: 'unknown', word: 'new' })
})
