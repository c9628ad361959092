import { KopsError } from '../../errors/catalog.ts'
import type { Brokers } from '../connection/brokers.ts'
import type { BrokerLink } from '../connection/link.ts'
import { readCommits } from '../groups/describe-group.ts'
import type { AssignedTopic } from '../protocol/group-membership.ts'
import { byLeader, readLeaderOffsets } from '../protocol/list-offsets.ts'
import { coordinatorOf, type MemberOffset } from './group-member.ts'

type AskedBrokers = Pick<Brokers, 'links' | 'link' | 'metadata'>

/** What a group has committed, by its coordinator. @throws KopsError coordinator_unavailable, also if it does not say all of it */
export async function wholeCommits(link: BrokerLink, group: string, signal: AbortSignal) {
  const { commits, warnings } = await readCommits(link, group, signal)
  if (warnings[0]) throw new KopsError('coordinator_unavailable', warnings[0].message)
  return commits
}

/**
 * Where a group begins in partitions: at its commits, and otherwise at the first record or the next. Those whose ends cannot be read
 * now are missing.
 * @throws KopsError those of wholeCommits()
 */
export async function startOffsets(
  wanted: readonly AssignedTopic[],
  { brokers, group, fromBeginning }: { brokers: AskedBrokers; group: string; fromBeginning: boolean },
  signal: AbortSignal
): Promise<MemberOffset[]> {
  const link = await coordinatorOf(brokers, group, signal)
  const commits = await wholeCommits(link, group, signal)
  const known = wanted.flatMap(({ topic, partitions }) =>
    partitions.flatMap((partition) => {
      const commit = commits.find((each) => each.topic === topic && each.partition === partition)
      return typeof commit?.offset === 'number' ? [{ topic, partition, offset: commit.offset }] : []
    })
  )
  const isKnown = (topic: string, partition: number) =>
    known.some((each) => each.topic === topic && each.partition === partition)
  const fresh = wanted
    .map(({ topic, partitions }) => ({ topic, partitions: partitions.filter((each) => !isKnown(topic, each)) }))
    .filter(({ partitions }) => partitions.length > 0)
  return fresh.length === 0 ? known : [...known, ...(await ends(fresh, { brokers, fromBeginning }, signal))]
}

async function ends(
  fresh: readonly AssignedTopic[],
  { brokers, fromBeginning }: { brokers: AskedBrokers; fromBeginning: boolean },
  signal: AbortSignal
): Promise<MemberOffset[]> {
  const names = fresh.map(({ topic }) => topic)
  const metadata = await brokers.metadata(names, signal)
  const wanted = metadata.topics.map((topic) => {
    const of = fresh.find((each) => each.topic === topic.name)?.partitions ?? []
    return { ...topic, partitions: topic.partitions.filter(({ partition }) => of.includes(partition)) }
  })
  const asked = Array.from(byLeader(wanted).led, ([leader, led]) =>
    readLeaderOffsets(brokers.link(leader), led, signal).catch(() => [])
  )
  return (await Promise.all(asked)).flat().flatMap(({ topic, partition, logStartOffset, logEndOffset }) => {
    const offset = fromBeginning ? logStartOffset : logEndOffset
    return offset === null ? [] : [{ topic, partition, offset }]
  })
}
