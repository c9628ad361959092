// Runs alone: it kills a broker.
import t from 'tap'
import type { ProbeBroker } from '#shared/contracts/probe.ts'
import { agentOf, readMetric, untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { allUp, assertMetricSums, names, untilProbe } from '../../integration/health/probe-readings.ts'

const killed = 'kafka-3'

t.test(`${killed} is killed: only it is down, another takes its records, and nothing is lost`, async (t) => {
  const agent = await agentOf(t)
  await untilHealthy()
  const before = await untilProbe('each broker is up', allUp)
  t.teardown(async () => {
    await agent.node(killed, 'start').catch(() => undefined)
    await untilHealthy()
  })
  await agent.node(killed, 'kill')

  const partition = before.get(killed)?.partition
  const down = await untilProbe(`${killed} is down, and another leads its partition`, (brokers) => {
    const broker = brokers.get(killed)
    return broker?.up === false && broker.leader !== null && broker.leader !== killed
  })
  t.equal(down.get(killed)?.partition, partition)
  t.equal(await readMetric(`kops_probe_up{broker="${killed}"}`), 0)

  const others = names.filter((name) => name !== killed)
  const returned = (brokers: Map<string, ProbeBroker>, name: string) => brokers.get(name)?.returned ?? 0
  const during = await untilProbe('the others go on, and the stand-in has its records too', (brokers) =>
    others.every((name) => brokers.get(name)?.up === true && returned(brokers, name) >= returned(down, name) + 2)
  )
  t.equal(await readMetric(`kops_probe_up{broker="${killed}"}`), 0)
  for (const name of names) t.equal(during.get(name)?.lost, 0, `nothing of ${name} is lost`)
  t.comment(JSON.stringify(during.get(killed)))
  await assertMetricSums(t)

  await agent.node(killed, 'start')
  const after = await untilProbe('each broker leads its partition again, and is up', allUp, 120_000)
  for (const broker of after.values()) {
    t.equal(broker.leader, broker.broker)
    t.equal(broker.lost, 0, `nothing of ${broker.broker} is lost`)
  }
  await assertMetricSums(t)
})
