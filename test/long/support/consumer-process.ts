/**
 * A consumer that can be killed: `node consumer-process.ts <servers> <group> <topic> [milliseconds for each record] [session ms]`. It reads
 * from the beginning, commits every second, and stays a member for its session after its death: 45 s, as Java's consumer does by default.
 */
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'

const [servers = '', groupId = '', topic = '', pauseMs = '0', sessionMs = '45000'] = process.argv.slice(2)
// A forked process ends with its parent.
process.once('disconnect', () => process.exit(0))
const kafka = new kafkajs.Kafka({ brokers: servers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = kafka.consumer({ groupId, sessionTimeout: Number(sessionMs), heartbeatInterval: 3000 })
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
