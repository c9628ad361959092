import type { Clock } from '#shared/clock.ts'
import type { Throttle } from '#shared/contracts/reassignment-progress.ts'
import type { Move } from '#shared/contracts/reassignments.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { BrokerAdmin } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { ConfigChanges } from '#shared/kafka/model.ts'
import type { Reassignments } from '#shared/kafka/moves/port.ts'
import type { TopicBatches } from '#shared/kafka/topics/port.ts'
import { poll } from '#shared/poll.ts'
import { partitionName } from './snapshot.ts'
import {
  type CurrentSettings,
  lifting,
  placing,
  planThrottle,
  rateSettings,
  replicaSettings,
  type ThrottleRecord,
  throttled
} from './throttle-plan.ts'

/** Persists the throttle's record beyond the life of the process. */
export interface ThrottleStore {
  load(): Promise<ThrottleRecord[]>
  save(record: ThrottleRecord): Promise<void>
  remove(id: ThrottleRecord['id']): Promise<void>
}

export interface ThrottlePorts {
  reader: Pick<ClusterReader, 'topicConfigs'>
  brokers: Pick<BrokerAdmin, 'configs' | 'alterConfigs'>
  batches: Pick<TopicBatches, 'setConfigs'>
  reassignments: Pick<Reassignments, 'list'>
  store: ThrottleStore
}

export interface ThrottleTiming extends Pick<Clock, 'now' | 'monotonicMs' | 'sleep'> {
  deadlineMs: number
  changeTimeoutMs: number
}

const pauseMs = 50

/** Sets throttles and removes them when their moves have ended, however they ended. */
export interface MoveThrottle {
  /** The active throttle. */
  active(): Throttle | null
  /**
   * Runs work while no throttle is removed, so that a throttle is not lifted between being set and the start of its
   * moves.
   */
  during<T>(work: () => Promise<T>): Promise<T>
  /**
   * Within during(): sets the throttle of moves that are about to start. Its record is on disk before anything is set.
   * @param answering brokers that can be configured: one that is down sends nothing
   * @throws KopsError if it could not be set: the next check removes what was set
   */
  place(moves: readonly Move[], bytesPerSec: number, answering: readonly number[]): Promise<void>
  /** Removes the throttle if all its moves have ended. Retries at the next call what it cannot remove now. */
  check(): Promise<void>
  /** Loads what an earlier process set. */
  resume(): Promise<void>
}

export function createMoveThrottle(
  { reader, brokers, batches, reassignments, store }: ThrottlePorts,
  { deadlineMs, changeTimeoutMs, ...clock }: ThrottleTiming
): MoveThrottle {
  let record: ThrottleRecord | undefined
  let last: Promise<unknown> = Promise.resolve()

  function inOrder<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }

  async function keep(next: ThrottleRecord | undefined): Promise<void> {
    if (next === undefined) await store.remove('throttle')
    else await store.save(next)
    record = next
  }

  async function currentSettings(ids: readonly number[], names: readonly string[]): Promise<CurrentSettings> {
    const [ofBrokers, ofTopics] = await Promise.all([
      Promise.all(ids.map(async (id) => [id, await brokers.configs(id, { deadlineMs })] as const)),
      reader.topicConfigs([...names], { deadlineMs, names: Object.values(replicaSettings) })
    ])
    const dynamicValue = (entries: readonly { name: string; value: string | null; source: string }[], name: string) =>
      entries.find(
        (entry) =>
          entry.name === name && entry.source.startsWith('dynamic_') && entry.source !== 'dynamic_default_broker'
      )?.value || null
    return {
      brokers: new Map(
        ofBrokers.map(([id, entries]) => [
          id,
          {
            leaderRate: dynamicValue(entries, rateSettings.leaderRate),
            followerRate: dynamicValue(entries, rateSettings.followerRate)
          }
        ])
      ),
      topics: new Map(
        Array.from(ofTopics.value, ([name, entries]) => [
          name,
          {
            leaderReplicas: dynamicValue(entries, replicaSettings.leaderReplicas),
            followerReplicas: dynamicValue(entries, replicaSettings.followerReplicas)
          }
        ])
      )
    }
  }

  /**
   * Waits until a broker applies its rate. Brokers learn of settings a moment after they are accepted, in order: a
   * broker that knows its rate also knows the throttled replicas, and copies nothing unthrottled.
   */
  async function seenBy(id: number, bytesPerSec: number): Promise<void> {
    const { done } = await poll(
      () => currentSettings([id], []),
      ({ brokers }) => brokers.get(id)?.followerRate === String(bytesPerSec),
      { timeoutMs: deadlineMs, pauseMs, clock }
    )
    if (!done) {
      throw new KopsError('kafka_timeout', `Broker ${id} has accepted the throttle but does not apply it yet`)
    }
  }

  /**
   * Whether the current values are still ours. A missing rate is no proof: a broker that has just started may not have
   * read it yet.
   */
  async function stillOurs({ bytesPerSec, earlierRates = [] }: ThrottleRecord, id: number): Promise<boolean> {
    const ours = [bytesPerSec, ...earlierRates].map(String)
    const { brokers } = await currentSettings([id], [])
    const { leaderRate = null, followerRate = null } = brokers.get(id) ?? {}
    return [leaderRate, followerRate].every((rate) => rate === null || ours.includes(rate))
  }

  /** A deleted topic has taken its settings with it. */
  async function setOfTopics(changes: ReadonlyMap<string, ConfigChanges>): Promise<void> {
    const topics = Array.from(changes, ([name, configs]) => ({ name, configs }))
    const refusals = await batches.setConfigs(topics, { validateOnly: false, timeoutMs: changeTimeoutMs })
    const serious = Array.from(refusals.values()).find((error) => !isKopsError(error, 'topic_not_found'))
    if (serious) throw serious
  }

  async function lift(active: ThrottleRecord): Promise<void> {
    const { brokers: ofBrokers, topics: ofTopics } = lifting(active)
    await setOfTopics(ofTopics)
    const left = await Promise.all(
      active.brokers.map(async (broker) => {
        try {
          const changes = ofBrokers.get(broker.id)
          if (changes && (await stillOurs(active, broker.id))) {
            await brokers.alterConfigs(broker.id, changes, { deadlineMs: changeTimeoutMs, validateOnly: false })
          }
          return []
        } catch (error) {
          // With ZooKeeper only the broker itself can remove its settings, once it is back.
          if (isKopsError(error)) return [broker]
          throw error
        }
      })
    )
    const brokersLeft = left.flat()
    await keep(brokersLeft.length === 0 ? undefined : { ...active, partitions: [], topics: [], brokers: brokersLeft })
  }

  return {
    active() {
      if (record === undefined) return null
      return {
        bytesPerSec: record.bytesPerSec,
        since: record.since,
        brokers: record.brokers.map(({ id }) => id),
        topics: record.topics.map(({ name }) => name)
      }
    },

    during: inOrder,

    async place(moves, bytesPerSec, answering) {
      const wanted = throttled(moves)
      if (wanted.topics.length === 0) return
      const reachable = wanted.brokers.filter((id) => answering.includes(id))
      const current = await currentSettings(reachable, wanted.topics)
      const planned = planThrottle(moves, { bytesPerSec, since: clock.now().toISOString(), current }, record)
      const next = {
        ...planned,
        brokers: planned.brokers.filter(({ id }) => reachable.includes(id) || record?.brokers.some((b) => b.id === id))
      }
      await keep(next)
      // If one of these fails, the next check finds the record and removes what was set.
      const settings = placing(next)
      await setOfTopics(settings.topics)
      await Promise.all(
        reachable.map(async (id) => {
          const changes = settings.brokers.get(id) ?? {}
          await brokers.alterConfigs(id, changes, { deadlineMs: changeTimeoutMs, validateOnly: false })
          await seenBy(id, bytesPerSec)
        })
      )
    },

    check() {
      return inOrder(async () => {
        if (record === undefined) return
        const ongoing = await reassignments.list(undefined, { timeoutMs: changeTimeoutMs })
        const under = new Set(ongoing.map(partitionName))
        if (!record.partitions.some((place) => under.has(partitionName(place)))) await lift(record)
      })
    },

    resume() {
      return inOrder(async () => {
        const [found] = await store.load()
        record ??= found
      })
    }
  }
}
