/**
 * A thread that is one consumer group, with all its members.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '#shared/clock.ts'
import { createConsumerGroup } from '#shared/kafka/consuming/consumer-group.ts'
import { consumerProfiles } from '#shared/kafka/consuming/port.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import { type LoadGroup, prepareGroup } from '../domain/load/consume.ts'
import type { ConsumeOrder, Produced } from '../domain/load/consume-port.ts'
import { commitMark } from '../domain/load/run-groups.ts'
import type { GroupToMain, ToGroupThread } from './consume-threads.ts'
import type { LoadThreadData } from './load-thread-pool.ts'
import { machineOffsetMs } from './machine-clock.ts'
import { messageOf } from './thread-errors.ts'

const port = parentPort
if (!port) throw new Error('this file runs as a thread')
const { config, clientId } = workerData as LoadThreadData
const kafka = parseKafka(config)
const answer = (message: GroupToMain) => port.postMessage(message)
const offsetMs = machineOffsetMs()
const ending = new AbortController()
const produced = Promise.withResolvers<Produced>()
let prepared: LoadGroup | undefined

port.on('message', (message: ToGroupThread) => {
  switch (message.kind) {
    case 'prepare':
      void prepare(message.order)
      return
    case 'run':
      void run(message.machineMs)
      return
    case 'produced':
      produced.resolve(message.produced)
      return
    case 'abort':
      ending.abort(new Error('aborted'))
      return
    case 'leave':
      ending.abort(new Error('over'))
      void leave()
  }
})

async function prepare(order: ConsumeOrder): Promise<void> {
  try {
    const parts = {
      createGroup: ({ topic, group, isolation, consumers: { members, profile } }: ConsumeOrder) =>
        createConsumerGroup({
          ...{ ...kafka, clientId, topic, group, isolation, members, metadata: commitMark },
          ...(profile && { fetch: consumerProfiles[profile] })
        }),
      clock: systemClock,
      machineOffsetMs: offsetMs,
      busyMs: () => performance.eventLoopUtilization().active
    }
    prepared = await prepareGroup(order, parts, ending.signal)
    answer({ kind: 'prepared' })
  } catch (error) {
    answer({ kind: 'refused', ...messageOf(error) })
  }
}

async function run(machineMs: number): Promise<void> {
  try {
    if (!prepared) throw new Error('this thread has no group')
    const onSecond = (second: Extract<GroupToMain, { kind: 'second' }>['second']) => answer({ kind: 'second', second })
    const end = await prepared.run(machineMs - offsetMs, ending.signal, onSecond, produced.promise)
    answer({ kind: 'ended', end })
  } catch (error) {
    answer({ kind: 'refused', ...messageOf(error) })
  }
}

async function leave(): Promise<void> {
  await prepared?.close()
  answer({ kind: 'left' })
}
