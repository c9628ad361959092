/**
 * A process that is one member of a consumer group. It ends with the process that started it, in whatever state it is: the channel
 * between them and the pipe of a pause both close then.
 */
import { readSync } from 'node:fs'
import { parseKafka } from '#shared/kafka/settings.ts'
import { createKafkajsSubscriber } from '#shared/kafka/subscribing/kafkajs-subscriber.ts'
import { createPlatformaticSubscriber } from '#shared/kafka/subscribing/platformatic-subscriber.ts'
import type { Subscriber, SubscriberEvents } from '#shared/kafka/subscribing/port.ts'
import { type FromMember, pausePipe, type ToMember } from './messages.ts'
import { plant } from './planted.ts'

type Told = FromMember extends infer Report ? (Report extends FromMember ? Omit<Report, 'atMs'> : never) : never

let subscriber: Subscriber | undefined

/** Resolves once the report has left this process, so that what is killed afterwards has reported. */
function report(what: Told): Promise<void> {
  const atMs = Number(process.hrtime.bigint()) / 1e6
  return new Promise((resolve) => {
    process.send?.({ ...what, atMs }, undefined, undefined, () => resolve())
  })
}

const events: SubscriberEvents = {
  onAssigned: (assignment) => void report({ kind: 'assigned', ...assignment }),
  onGeneration: (generation) => void report({ kind: 'generation', generation }),
  onContact: () => void report({ kind: 'contact' }),
  onRevoked: () => void report({ kind: 'revoked' }),
  // Awaited, because a commit follows: a record that is committed and not reported would look like one that was skipped.
  process: (partition, records) =>
    report({ kind: 'delivered', partition, runs: runsOf(records.map(({ offset }) => offset)) }),
  onCommitted: (commits) => void report({ kind: 'committed', commits }),
  onFailure: (error) => void fail(error)
}

async function fail(error: unknown): Promise<never> {
  await report({ kind: 'failed', detail: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

async function start({ config, clientId, subscription, planted }: Extract<ToMember, { kind: 'start' }>): Promise<void> {
  const options = { ...parseKafka(config), clientId }
  const byPlatformatic = subscription.protocol === 'consumer' || subscription.instanceId !== null
  const create = byPlatformatic ? createPlatformaticSubscriber : createKafkajsSubscriber
  subscriber = planted
    ? plant(planted, events, subscription, (misled, changed) => create(changed, options, misled))
    : create(subscription, options, events)
  await subscriber.start()
}

/** Blocks the only thread of this process in a system call, as a stopped process or a long garbage collection would. */
async function pause(): Promise<void> {
  await report({ kind: 'paused' })
  const read = readSync(pausePipe, Buffer.alloc(1), 0, 1, null)
  if (read === 0) process.exit(1)
  await report({ kind: 'resumed' })
}

async function leave(): Promise<void> {
  await subscriber?.leave()
  process.exit(0)
}

process.on('disconnect', () => process.exit(1))
process.on('message', (message: ToMember) => {
  switch (message.kind) {
    case 'start':
      start(message).catch(fail)
      return
    case 'pause':
      pause().catch(fail)
      return
    case 'leave':
      leave().catch(fail)
  }
})

/** Consecutive offsets as ranges, in their order. */
function runsOf(offsets: number[]): [number, number][] {
  const runs: [number, number][] = []
  for (const offset of offsets) {
    const last = runs.at(-1)
    if (last && last[1] === offset) last[1] = offset + 1
    else runs.push([offset, offset + 1])
  }
  return runs
}
