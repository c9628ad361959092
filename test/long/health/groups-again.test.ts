import t from 'tap'
import { kafka, ownTopic, produce, untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { busyMs, ownService, until } from '../../integration/health/own-service.ts'

const unread = 5000

t.test('a group that does badly is read again between two sweeps, and the pulse reports it', async (t) => {
  const topic = `test-again-${Date.now().toString(36)}`
  const group = `${topic}-group`
  await ownTopic(t, topic, 2)
  await produce(topic, unread)
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(async () => {
    await admin.deleteGroups([group])
    await admin.disconnect()
  })
  const commit = async (of: 'low' | 'high') => {
    const ends = await admin.fetchTopicOffsets(topic)
    const partitions = ends.map((end) => ({ partition: end.partition, offset: end[of] }))
    await admin.setOffsets({ groupId: group, topic, partitions })
  }
  await commit('low')
  await untilHealthy()

  const { app } = await ownService(t)
  let sweeps = 0
  t.teardown(
    app.monitor.subscribe(({ kind }) => {
      if (kind === 'full') sweeps += 1
    })
  )
  const series = `kafka_consumer_lag{group="${group}"}`
  const lagAt = async (path: string) => {
    const line = (await app.inject(path)).body.split('\n').find((line) => line.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length))
  }
  const lag = () => lagAt('/metrics/pulse')
  await until('the pulse reports its lag', lag, (value) => value === unread, 25_000)
  t.equal(await lagAt('/metrics/sweep'), undefined, 'and nothing else does')

  await commit('high')
  const before = sweeps
  const { tookMs } = await until('its new commits are known', lag, (value) => value === 0, 8000 + 2000 + busyMs)
  t.comment(`${Math.round(tookMs)} ms after it committed`)
  t.equal(sweeps, before, 'no sweep has read them')
  const { groups } = app.monitor.last()?.health ?? {}
  t.match(
    groups?.find((one) => one.group === group),
    { lag: 0, verdict: 'OK' }
  )
})
