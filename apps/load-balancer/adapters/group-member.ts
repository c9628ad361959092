import type { ConsumerSettings } from '#shared/kafka/client-settings.ts'
import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import { createKafkajsSubscriber } from '#shared/kafka/subscribing/kafkajs-subscriber.ts'
import type { SubscriberEvents } from '#shared/kafka/subscribing/port.ts'

export interface GroupMemberOptions {
  kafka: Omit<ConnectionOptions, 'budget' | 'pool'>
  settings: ConsumerSettings
  group: string
  topic: string
  /** Partitions that are processed at the same time. */
  atOnce?: number
  /** So many records at most are processed between two commits; by default those of a fetch. */
  batchRecords?: number
  process: SubscriberEvents['process']
  onAssigned?: (partitions: number[]) => void
  say: (line: string) => void
}

/** A member of a group that begins at the first record, and commits what was processed after each batch. */
export interface GroupMember {
  start(): Promise<void>
  /** Commits what is processed, and leaves. Never rejects. */
  leave(): Promise<void>
  /** Aborted, with the error, when it cannot go on. */
  readonly failed: AbortSignal
}

export function createGroupMember({
  kafka,
  settings: { sessionTimeoutMs, heartbeatIntervalMs, ...fetch },
  group,
  topic,
  atOnce = 1,
  batchRecords,
  process,
  onAssigned,
  say
}: GroupMemberOptions): GroupMember {
  const failed = new AbortController()
  const subscriber = createKafkajsSubscriber(
    {
      ...{ group, topic, begins: 'earliest', protocol: 'classic', instanceId: null, commit: 'processed', atOnce },
      ...(batchRecords !== undefined && { batchRecords }),
      ...{ sessionTimeoutMs, heartbeatIntervalMs, fetch }
    },
    kafka,
    {
      onAssigned({ partitions }) {
        say(`${group} has given partitions ${partitions.join(', ') || 'none'} of ${topic}`)
        onAssigned?.(partitions)
      },
      onRevoked: () => say(`${group} rebalances`),
      process,
      onFailure: (error) => failed.abort(error),
      ...{ onGeneration: () => undefined, onContact: () => undefined, onCommitted: () => undefined }
    }
  )
  return {
    failed: failed.signal,
    start: () => subscriber.start(),
    leave: () => subscriber.leave().catch(() => undefined)
  }
}
