/**
 * Fills a cluster as one looks that has been in use: topics and records of a shop, groups of which one falls behind, dead letters, a
 * deletion that can be cancelled, a load test, a drill, and an alert that follows. For pictures of the console; takes four minutes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { poll } from '#shared/poll.ts'

const projectRoot = join(import.meta.dirname, '../..')

const order = (id: number, total: number, status: string) =>
  JSON.stringify({ order: id, status, total, at: '2026-01-31T12:34:56Z', items: [{ sku: `A-${id}`, count: 2 }] })

const thresholds = ['--threshold', 'p99 < 200ms', '--threshold', 'errors = 0', '--yes']

/** Each is a command of kops, in an order in which each finds what it needs. */
const commands: string[][] = [
  ...['log-streaming', 'event-service', 'smart-load-balancer', 'load-balancing-simulator'].map((name) => [
    ...['catalog', 'apply', name]
  ]),
  ['topics', 'create', 'orders', '-p', '6', '-c', 'retention.ms=604800000'],
  ['topics', 'create', 'orders.dlq', '-p', '1'],
  ['topics', 'create', 'payments', '-p', '6', '-c', 'retention.ms=2592000000', '-c', 'compression.type=zstd'],
  ['topics', 'create', 'shipments', '-p', '3'],
  ['topics', 'create', 'customers', '-p', '3', '-c', 'cleanup.policy=compact'],
  ['topics', 'create', 'clickstream', '-p', '12', '-c', 'retention.ms=86400000'],
  ['topics', 'create', 'orders-v1', '-p', '3'],
  ['messages', 'produce', 'orders-v1', order(1, 12, 'paid'), order(2, 40, 'sent')],
  load('clickstream', 2000, 20),
  load('payments', 500, 20),
  load('orders', 1000, 20),
  ['kafka', 'console-consumer', '--topic', 'clickstream', '--group', 'session-builder', ...from(1500)],
  ['kafka', 'console-consumer', '--topic', 'payments', '--group', 'fraud-detector', ...from(9000)],
  ['kafka', 'console-consumer', '--topic', 'orders', '--group', 'invoice-writer', ...from(20_000)],
  ['topics', 'config', 'set', 'shipments', 'retention.ms=1209600000'],
  ['topics', 'delete', 'orders-v1', '--grace', '1h', '--force', '--reason', 'replaced by orders', '--yes'],
  ['drill', 'run', 'broker-stop', '--node', 'kafka-2'],
  ['messages', 'produce', 'orders', order(48_113, 129.9, 'paid'), order(48_114, 18, 'new'), '--key', 'customer-17'],
  [
    ...['messages', 'produce', 'orders.dlq', order(47_990, -1, 'paid'), '--key', 'customer-4'],
    ...Object.entries({
      topic: 'orders',
      partition: 3,
      offset: 812,
      'exception.class.name': 'ValidationError',
      'exception.message': 'total is negative',
      'connector.name': 'invoice-writer'
    }).flatMap(([name, value]) => ['--header', `__connect.errors.${name}=${value}`])
  ]
]

function load(topic: string, rate: number, seconds: number): string[] {
  return ['load', 'run', 'steady', '--topic', topic, '--rate', `${rate}`, '--duration', `${seconds}s`, ...thresholds]
}

function from(records: number): string[] {
  return ['--from-beginning', '--max-messages', `${records}`, '--timeout-ms', '20000']
}

/** @returns ends the consumer that stays a member of its group */
export async function fillWithExamples(readUrl: (path: string) => Promise<unknown>): Promise<() => void> {
  for (const command of commands) {
    console.log(`kops ${command.join(' ')}`.slice(0, 120))
    const [code] = await once(kops(command), 'exit')
    if (code !== 0) console.log(`  ended with ${code}`)
  }
  const member = kops(['kafka', 'console-consumer', '--topic', 'orders', '--group', 'invoice-writer'])
  console.log('waiting for an alert')
  await poll(
    () => readUrl('/api/alerts?status=firing'),
    (answer) => JSON.stringify(answer).includes('KafkaConsumerLagHigh'),
    { timeoutMs: 240_000, pauseMs: 2000 }
  )
  return () => void member.kill()
}

function kops(words: string[]) {
  return spawn(join(projectRoot, 'kops'), words, { cwd: projectRoot, stdio: ['ignore', 'ignore', 'inherit'] })
}
