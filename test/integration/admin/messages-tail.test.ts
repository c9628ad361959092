import t from 'tap'
import { Agent, request } from 'undici'
import { until } from '../cluster/own-cluster.ts'
import { makeTopic, serve } from './message-service.ts'
import { ask, independentAdmin } from './service.ts'

t.test('a live tail sends new records, and leaves nothing behind when its reader disconnects', async (t) => {
  const topic = await makeTopic(t, 'tail')
  const { app, url, produce } = await serve(t, { KOPS_TAILS_MAX: '1', KOPS_TAIL_MAX_RECORDS_PER_SECOND: '20' })
  await produce(topic, [{ value: 'before' }])
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.destroy())
  const { statusCode, headers, body } = await request(`${url}/api/topics/${topic}/messages/tail?valueContains=seen`, {
    dispatcher
  })
  t.equal(statusCode, 200)
  t.match(headers['content-type'], /^text\/event-stream/)
  let received = ''
  body.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk
  })
  body.on('error', () => undefined)
  const tails = async () => /^kops_message_tails (\d+)$/m.exec((await app.inject('/metrics')).body)?.[1]
  await until('it is ready', 10_000, async () => received.includes('event: ready'))
  t.equal(await tails(), '1')
  t.match((await app.inject(`/api/topics/${topic}/messages/tail`)).json(), { status: 429, code: 'too_many_tails' })

  await produce(topic, [{ value: 'seen 1' }, { value: 'other' }, { value: { password: 'seen 2', name: 'seen 3' } }])
  await until('the records come', 10_000, async () => received.includes('seen 3'))
  t.match(received, /event: message\ndata: \{.*"value":"seen 1"/)
  t.notMatch(received, /before|other|seen 2/)
  await produce(
    topic,
    Array.from({ length: 100 }, (_, nth) => ({ value: `seen many ${nth}`, partition: 0 }))
  )
  await until('some are skipped', 10_000, async () => received.includes('event: skipped'))
  t.match(received, /event: skipped\ndata: \{"records":90\}/)

  body.destroy()
  const admin = await independentAdmin(t)
  await until('the tail is gone', 10_000, async () => (await tails()) === '0')
  const { groups } = await admin.listGroups()
  t.notOk(groups.some(({ groupId }) => groupId.includes(topic)))
})

t.test('a tail ends with its topic and with the service', async (t) => {
  const topic = await makeTopic(t, 'ending')
  const { app, url } = await serve(t)
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.destroy())
  const first = await request(`${url}/api/topics/${topic}/messages/tail`, { dispatcher })
  t.equal((await ask('DELETE', `/api/topics/${topic}?force=true&reason=test`)).status, 200)
  t.match(await first.body.text(), /event: end\ndata: \{"code":"topic_not_found"/)
  const other = await makeTopic(t, 'closing')
  const second = await request(`${url}/api/topics/${other}/messages/tail`, { dispatcher })
  const text = second.body.text().catch(() => 'cut')
  await app.close()
  t.ok(await text)
  t.equal((await ask('GET', `/api/topics/${other}`)).status, 200)
})
