import { setTimeout as sleep } from 'node:timers/promises'
import { abortable } from '../../abortable.ts'
import { KopsError } from '../../errors/catalog.ts'
import { kafkaRefusal, wrapKafkaError } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { produce } from '../protocol/produce.ts'
import { createBrokerConnections, type Leaders } from './broker-connections.ts'
import type { Compression, InputOffset, OutputRecord, TransactionWriter } from './port.ts'
import { reactTo } from './produce-errors.ts'
import { connectTimeoutMs } from './producer-core.ts'
import { createBatchBuilder, createBufferPool, encodeHeaders, type ProducerIdentity } from './record-batch.ts'
import { createTransactionCoordinator, firstTransactionMs } from './transaction-coordinator.ts'

export interface TransactionWriterOptions extends Omit<ConnectionOptions, 'budget'> {
  /** undefined: no transactions. Then a failure may leave a part of the records, and repeat them later. */
  transactionalId: string | undefined
  /**
   * Without transactions, records of this topic are written once all others are acknowledged: it says how far the application has
   * come, and after a failure nothing would write the others.
   */
  lastTopic?: string
  transactionTimeoutMs: number
  /** Every topic that records may be for. */
  topics: readonly string[]
  compression: Compression
  /** How long a part of a transaction is tried again after errors that pass. */
  deadlineMs: number
}

const requestTimeoutMs = 10_000
/** Brokers take a batch of 1 MiB by default. One record of any size has a batch to itself. */
const batchBytes = 512 * 1024
const retryMs = 50
/** How long close() waits for the coordinator: it aborts by itself later, or when a successor opens. */
const closeMs = 400
const sequences = 2 ** 31

/** A sealed and stamped batch: a retry sends the same bytes, by which the leader knows it again. */
interface Batch {
  topic: string
  partition: number
  bytes: Buffer
  release(): void
}

/** The TransactionWriter port. */
export function createTransactionWriter(options: TransactionWriterOptions): TransactionWriter {
  const { transactionalId, deadlineMs } = options
  const connections = createBrokerConnections({
    ...{ bootstrapServers: options.bootstrapServers, clientId: options.clientId, security: options.security },
    ...{ acks: 'all' as const, requestTimeoutMs, connectTimeoutMs }
  })
  const closing = new AbortController()
  const isTransactional = transactionalId !== undefined
  const coordinator = createTransactionCoordinator({
    ...{ connections, deadlineMs, signal: closing.signal },
    ...{ transactionalId: transactionalId ?? '', transactionTimeoutMs: options.transactionTimeoutMs }
  })
  const buffers = createBufferPool()
  const leaders = new Map<string, Leaders>()
  const nextSequence = new Map<string, number>()
  let identity: ProducerIdentity = { id: -1n, epoch: -1 }
  let isOpen = false
  let begun = false

  async function lookUp(topics: Iterable<string>): Promise<void> {
    await Promise.all(
      Array.from(new Set(topics), async (topic) => void leaders.set(topic, await connections.leaders(topic)))
    )
  }

  function batchesOf(records: readonly OutputRecord[], now: number): Batch[][] {
    /** The nth batches of all partitions: a request has at most one of each. */
    const rounds: Batch[][] = []
    const places = Array.from(Map.groupBy(records, ({ topic }) => topic)).flatMap(([topic, ofTopic]) =>
      Array.from(
        Map.groupBy(ofTopic, ({ partition }) => partition),
        ([partition, own]) => ({ topic, partition, own })
      )
    )
    for (const { topic, partition, own } of places) {
      const place = `${topic}-${partition}`
      let round = 0
      for (let next = 0; next < own.length; round += 1) {
        const { compression } = options
        const builder = createBatchBuilder({
          ...{ limitBytes: batchBytes, compression, buffers },
          transactional: isTransactional
        })
        for (let record = own[next]; record; record = own[next]) {
          const headers = record.headers?.length ? encodeHeaders(record.headers) : null
          if (builder.append({ key: record.key, value: record.value, headers }, now) === 0) break
          next += 1
        }
        builder.seal()
        const sequence = nextSequence.get(place) ?? 0
        const bytes = builder.stamp(identity, sequence)
        nextSequence.set(place, (sequence + builder.records) % sequences)
        const all = rounds[round] ?? []
        rounds[round] = all
        all.push({ topic, partition, bytes, release: builder.release })
      }
    }
    return rounds
  }

  /** Until every batch is acknowledged by all in-sync replicas. @throws KopsError otherwise: then any of them may be written */
  async function write(batches: readonly Batch[]): Promise<void> {
    const endsAt = performance.now() + deadlineMs
    let left = batches
    while (left.length > 0) {
      const { again, failure } = await attempt(left)
      left = again
      if (!failure || left.length === 0) continue
      if (performance.now() + retryMs > endsAt) throw failure
      await sleep(retryMs, undefined, { signal: closing.signal })
      await lookUp(left.map(({ topic }) => topic)).catch(() => undefined)
    }
  }

  async function attempt(batches: readonly Batch[]): Promise<{ again: Batch[]; failure: KopsError | undefined }> {
    const again: Batch[] = []
    let failure: KopsError | undefined
    const repeat = (all: readonly Batch[], error: KopsError) => {
      again.push(...all)
      failure = error
    }
    const byLeader = Map.groupBy(batches, ({ topic, partition }) => leaders.get(topic)?.[partition] ?? null)
    await Promise.all(
      Array.from(byLeader, async ([leader, led]) => {
        const [{ topic = '', partition = 0 } = {}] = led
        if (leader === null) return repeat(led, new KopsError('topic_not_ready', `${topic}-${partition} has no leader`))
        const topics = Array.from(
          Map.groupBy(led, (batch) => batch.topic),
          ([name, own]) => ({
            topic: name,
            batches: own.map((each) => ({ partition: each.partition, batch: each.bytes }))
          })
        )
        let answers: Awaited<ReturnType<typeof produce>>
        try {
          const connection = await connections.connect(leader)
          answers = await produce(connection, { topics, acks: 'all', transactionalId, timeoutMs: requestTimeoutMs })
        } catch (error) {
          connections.drop(leader)
          return repeat(led, wrapKafkaError(error, `Writing to ${topic}-${partition}`))
        }
        for (const batch of led) {
          const answer = answers.find((each) => each.topic === batch.topic && each.partition === batch.partition)
          const errorCode = answer?.errorCode ?? -1
          if (errorCode === 0) continue
          const reaction = reactTo(errorCode)
          const refusal = kafkaRefusal(errorCode, `Writing to ${batch.topic}-${batch.partition}`)
          if (reaction.action === 'give-up') throw refusal
          if (reaction.action === 'retry') repeat([batch], refusal)
        }
      })
    )
    return { again, failure }
  }

  async function commitOffset(offset: InputOffset): Promise<void> {
    await coordinator.addOffsets(identity, offset.group)
    await coordinator.commitOffset(identity, offset)
  }

  return {
    async open() {
      await lookUp(options.topics)
      for (const [topic, of] of leaders) {
        const missing = of.indexOf(null)
        if (missing >= 0) throw new KopsError('topic_not_ready', `Partition ${missing} of ${topic} has no leader`)
      }
      identity = isTransactional ? await coordinator.init(undefined, firstTransactionMs) : await connections.identity()
      // A new epoch begins with its sequences at 0.
      nextSequence.clear()
      begun = false
      isOpen = true
      return new Map(Array.from(leaders, ([topic, of]) => [topic, of.length]))
    },
    async commit(records, offset) {
      if (!isOpen) throw new Error('the writer is not open')
      // Whatever fails from here on, only a new epoch goes on.
      isOpen = false
      const isLast = ({ topic }: OutputRecord) => !isTransactional && topic === options.lastTopic
      const [first, last] = [records.filter((each) => !isLast(each)), records.filter(isLast)]
      const now = Date.now()
      const rounds = [...batchesOf(first, now), ...batchesOf(last, now)]
      if (isTransactional) {
        const places = Map.groupBy(rounds[0] ?? [], ({ topic }) => topic)
        const topics = Array.from(places, ([name, own]) => ({
          name,
          partitions: own.map(({ partition }) => partition)
        }))
        begun = true
        if (topics.length > 0) await coordinator.add(identity, topics)
      }
      const writing = (async () => {
        for (const round of rounds) await write(round)
      })()
      if (isTransactional) {
        // Both have ended before anything else happens to the transaction.
        const ended = await Promise.allSettled([writing, commitOffset(offset)])
        for (const result of ended) if (result.status === 'rejected') throw result.reason
        await coordinator.end(identity, true)
      } else {
        await writing
        await coordinator.commitOffset(null, offset)
      }
      begun = false
      isOpen = true
      for (const { release } of rounds.flat()) release()
    },
    async close() {
      if (closing.signal.aborted) return
      if (begun && isTransactional) {
        await abortable(coordinator.end(identity, false), AbortSignal.timeout(closeMs)).catch(() => undefined)
      }
      closing.abort(new Error('The writer is closed'))
      connections.close()
    }
  }
}
