/**
 * A consumer that a test can kill: `node consumer-process.ts <servers> <group> <topic> <milliseconds for each record>`. It reads from
 * the beginning, commits every second, and stays a member for 45 s after its death, as Java's consumer does by default.
 */
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'

const [servers = '', groupId = '', topic = '', pauseMs = '0'] = process.argv.slice(2)
const kafka = new kafkajs.Kafka({ brokers: servers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = kafka.consumer({ groupId, sessionTimeout: 45_000, heartbeatInterval: 3000 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  autoCommitInterval: 1000,
  async eachMessage({ heartbeat }) {
    if (pauseMs === '0') return
    await delay(Number(pauseMs))
    await heartbeat()
  }
})
