import { Gauge } from 'prom-client'
import t from 'tap'
import { createApp } from '#shared/http/create-app.ts'
import { plainConfig } from './plain-config.ts'

t.test('output of the service itself follows that of its registry', async (t) => {
  const app = await createApp({ title: 'test', description: 'test', config: plainConfig() })
  t.teardown(() => app.close())
  new Gauge({ name: 'registered', help: 'A registered one', registers: [app.metrics] }).set(1)
  let told: string[] = []
  app.addExposition(() => told)
  app.addExposition(() => ['# HELP other Grüße\n', '# TYPE other gauge\nother 2\n'])

  const first = await app.inject('/metrics')
  t.equal(first.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  t.match(first.body, /\nregistered 1\n/)
  t.ok(first.body.endsWith('\n# HELP other Grüße\n# TYPE other gauge\nother 2\n'))

  told = ['# TYPE late gauge\nlate 3\n']
  const { body } = await app.inject('/metrics')
  t.match(body, /\nregistered 1\n[\s\S]*# TYPE late gauge\nlate 3\n# HELP other/)
})
