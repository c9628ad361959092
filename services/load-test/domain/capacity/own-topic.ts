import type { Clock } from '#shared/clock.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { retry } from '#shared/poll.ts'
import type { MeasurementOrder, MeasurementParts } from './run-measurement.ts'

const timeoutMs = 20_000
const wholeMs = 60_000

export function capacityTopics(id: string): { all: string; down: string } {
  return { all: `kops-capacity-${id}-all`, down: `kops-capacity-${id}-down` }
}

/** Makes a topic, waits until its replicas are in sync, and deletes it afterwards. */
export async function onOwnTopic<T>(
  { admin, reader, clock, readEnvironment }: MeasurementParts,
  { plan: { topic }, onEvent, signal }: MeasurementOrder,
  name: string,
  work: (fingerprint: Fingerprint) => Promise<T>
): Promise<T> {
  signal.throwIfAborted()
  const { partitions, replicationFactor, configs } = topic
  await admin.createTopic({ name, partitions, replicationFactor, configs }, { validateOnly: false, timeoutMs })
  onEvent('topic-created', name)
  try {
    await untilWhole(reader, clock, name, partitions, signal)
    return await work(await readEnvironment(name, signal))
  } finally {
    await deleteTopic(admin, name, onEvent)
  }
}

async function untilWhole(
  reader: MeasurementParts['reader'],
  clock: Clock,
  topic: string,
  partitions: number,
  signal: AbortSignal
): Promise<void> {
  const look = async () => {
    const { value } = await reader.metadata({ topics: [topic], deadlineMs: 4000, signal })
    const found = value.topics.find(({ name }) => name === topic)?.partitions ?? []
    const whole = found.filter(({ leader, isr, replicas }) => leader !== null && isr.length === replicas.length)
    if (whole.length < partitions) {
      throw new KopsError('topic_not_ready', `${topic}: ${whole.length} of ${partitions} partitions are in sync`)
    }
  }
  await retry(look, () => true, { timeoutMs: wholeMs, pauseMs: 500, clock, signal })
}

/** What cannot be deleted now goes with the next start of the service. */
export async function deleteTopic(
  admin: Pick<TopicAdmin, 'deleteTopic'>,
  topic: string,
  onEvent: MeasurementOrder['onEvent']
): Promise<void> {
  try {
    await admin.deleteTopic(topic, { timeoutMs })
    onEvent('topic-deleted', topic)
  } catch (error) {
    if (!isKopsError(error, 'topic_not_found')) onEvent('topic-not-deleted', `${topic}: ${messageOf(error)}`)
  }
}
