import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { BrokerEndpoint, BrokerView, TopicMetadata } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import type { WaitTiming } from '../timing.ts'

/**
 * Why a topic is not usable everywhere yet: one sentence for each broker that disagrees. A client may contact any of
 * them, so a topic is ready once every live broker names the same leader for each of its partitions.
 */
export function notReady(views: BrokerView[], topic: string, partitions: number): string[] {
  if (isHidden(views, topic)) return [hidden]
  const answers = answersOf(views, topic)
  if (answers.length === 0) return ['no broker answers']
  const agreed = leadersOf(answers[0]?.topic)
  return answers.flatMap(({ endpoint, topic: known }) => {
    const broker = nameOf(endpoint)
    if (known === undefined) return [`broker ${broker} does not list it`]
    const leaders = leadersOf(known)
    const numbers = Array.from({ length: partitions }, (_, partition) => partition)
    const missing = numbers.filter((partition) => leaders.get(partition) === undefined)
    if (missing.length > 0) return [`broker ${broker} knows no leader for partitions ${missing.join(', ')}`]
    const differing = numbers.filter((partition) => leaders.get(partition) !== agreed.get(partition))
    return differing.length === 0
      ? []
      : [`broker ${broker} names a different leader for partitions ${differing.join(', ')}`]
  })
}

/** Why a topic is not gone everywhere yet: one sentence for each broker that still lists it. */
export function notGone(views: BrokerView[], topic: string): string[] {
  if (isHidden(views, topic)) return [hidden]
  const answers = answersOf(views, topic)
  if (answers.length === 0) return ['no broker answers']
  return answers
    .filter(({ topic: known }) => known !== undefined)
    .map(({ endpoint }) => `broker ${nameOf(endpoint)} still lists it`)
}

/** The objection that no waiting ends. */
const hidden = 'kops lacks Describe on it in Kafka (kafka_not_authorized)'

function isHidden(views: BrokerView[], topic: string): boolean {
  return views.some((view) => view.reachable && view.refused?.includes(topic))
}

function isEnd(objections: readonly string[]): boolean {
  return objections.every((objection) => objection === hidden)
}

/** Interval between two rounds of requests to all brokers. */
export const pauses = { first: 25, longest: 500 }

/**
 * Polls all brokers until none objects, or they refuse to answer.
 * @returns the objections of the last round; empty unless the time is up or kops may not know
 */
export async function waitForAgreement(
  reader: Pick<ClusterReader, 'views'>,
  topic: string,
  objections: (views: BrokerView[]) => string[],
  { waitMs, deadlineMs, ...clock }: WaitTiming
): Promise<string[]> {
  const { answer } = await poll(async () => objections(await reader.views({ topics: [topic], deadlineMs })), isEnd, {
    timeoutMs: waitMs,
    pauseMs: pauses,
    clock
  })
  return answer
}

/**
 * Waits until each reachable broker agrees on the leaders of all topics. @returns the objections when the time is up
 */
export async function waitForAll(
  reader: Pick<ClusterReader, 'views'>,
  wanted: readonly { name: string; partitions: number }[],
  { waitMs, deadlineMs, ...clock }: WaitTiming
): Promise<Map<string, string[]>> {
  let open = wanted
  const ask = async () => {
    if (open.length === 0) return new Map<string, string[]>()
    const views = await reader.views({ topics: open.map(({ name }) => name), deadlineMs })
    const objections = new Map(open.map(({ name, partitions }) => [name, notReady(views, name, partitions)]))
    open = open.filter(({ name }) => (objections.get(name) ?? []).length > 0)
    return new Map([...objections].filter(([, texts]) => texts.length > 0))
  }
  const { answer } = await poll(ask, (objected) => isEnd([...objected.values()].flat()), {
    timeoutMs: waitMs,
    pauseMs: pauses,
    clock
  })
  return answer
}

function answersOf(
  views: BrokerView[],
  topic: string
): { endpoint: BrokerEndpoint; topic: TopicMetadata | undefined }[] {
  return views.flatMap((view) =>
    view.reachable ? [{ endpoint: view.endpoint, topic: view.metadata.topics.find(({ name }) => name === topic) }] : []
  )
}

function leadersOf(topic: TopicMetadata | undefined): Map<number, number> {
  const led = (topic?.partitions ?? []).flatMap(({ partition, leader }): [number, number][] =>
    leader === null ? [] : [[partition, leader]]
  )
  return new Map(led)
}

function nameOf({ host, port }: BrokerEndpoint): string {
  return `${host}:${port}`
}
