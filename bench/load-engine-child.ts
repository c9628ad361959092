// One round of the load engine, in a process of its own so that it starts as cold as the tool beside it. Prints JSON.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { build } from 'hdr-histogram-js'
import { createBulkProducer, partitionForKey } from '../shared/kafka/producing/index.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '' },
    topic: { type: 'string', default: '' },
    payloads: { type: 'string', default: '' },
    records: { type: 'string', default: '0' },
    'batch-bytes': { type: 'string', default: '16384' },
    'buffer-bytes': { type: 'string', default: '33554432' }
  }
})
const records = Number(values.records)
const payloads = (await readFile(values.payloads, 'utf8')).trimEnd().split('\n')
const latency = build({ autoResize: true })
let acknowledged = 0
const producer = createBulkProducer({
  bootstrapServers: values.bootstrap.split(','),
  topic: values.topic,
  clientId: 'kops-bench',
  batchBytes: Number(values['batch-bytes']),
  lingerMs: 5,
  bufferBytes: Number(values['buffer-bytes']),
  requestTimeoutMs: 30_000,
  deliveryTimeoutMs: 120_000,
  onOutcome(outcome) {
    if (outcome.status === 'acknowledged') acknowledged += outcome.records
    if (outcome.sentAt !== null) latency.recordValue(Math.round(outcome.endedAt - outcome.sentAt))
  }
})
const { partitions } = await producer.open()
const startedAt = performance.now()
for (let i = 0; i < records; i += 1) {
  const value = payloads[Math.floor(Math.random() * payloads.length)] ?? ''
  const key = String(i)
  if (!producer.append({ partition: partitionForKey(key, partitions), key, value })) await producer.drained()
  else if (i % 256 === 255) await new Promise((resolve) => setImmediate(resolve))
}
await producer.flush()
const seconds = (performance.now() - startedAt) / 1000
await producer.close()
const cpu = process.cpuUsage()
console.log(
  JSON.stringify({
    acknowledged,
    recordsPerSecond: acknowledged / seconds,
    batchP99Ms: latency.getValueAtPercentile(99),
    cpuSeconds: (cpu.user + cpu.system) / 1e6
  })
)
