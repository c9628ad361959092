import t from 'tap'
import { kafkaTool, readMetric, untilHealthy } from './cluster-under-test.ts'
import { allUp, assertMetricSums, untilProbe } from './probe-readings.ts'

t.test('records written to each broker are read back, and Kafka has them', async (t) => {
  await untilHealthy()
  const brokers = await untilProbe('each broker is up', allUp)
  const described = await kafkaTool('topics', '--describe', '--topic', 'kops-probe')
  for (const { broker, id, partition, leader, lastLatencyMs, p50Ms, p99Ms } of brokers.values()) {
    t.equal(leader, broker)
    t.match(described, new RegExp(`Partition: ${partition}\\s+Leader: ${id}\\s+Replicas: ${id},\\d,\\d`))
    t.ok(lastLatencyMs !== null && lastLatencyMs > 0 && lastLatencyMs < 20_000)
    t.ok(p50Ms !== null && p99Ms !== null && p50Ms <= p99Ms)
    t.equal(await readMetric(`kops_probe_up{broker="${broker}"}`), 1)
    const observed = await readMetric(`kops_probe_latency_seconds_count{broker="${broker}"}`)
    t.ok(observed !== undefined && observed > 0)
    t.comment(`${broker}: p50 ${p50Ms} ms, p99 ${p99Ms} ms`)
  }
  t.match(described, 'retention.ms=1800000')

  const ends = await kafkaTool('get-offsets', '--topic', 'kops-probe')
  // A broker that leads in place of another writes to the other's partition: only the sums can be compared.
  const written = Array.from(ends.matchAll(/^kops-probe:\d+:(\d+)$/gm), ([, end]) => Number(end)).reduce(
    (a, b) => a + b,
    0
  )
  const acknowledged = Array.from(brokers.values(), (broker) => broker.acknowledged).reduce((a, b) => a + b, 0)
  t.ok(acknowledged > 0 && written >= acknowledged, `${written} records, ${acknowledged} were acknowledged before`)
  await assertMetricSums(t)
})
