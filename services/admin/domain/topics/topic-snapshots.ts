import type { Warning } from '#shared/contracts/common.ts'
import type {
  TopicList,
  TopicListQuery,
  TopicNameList,
  TopicNameListQuery,
  TopicSummary
} from '#shared/contracts/topics.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { isGranted } from '#shared/lists/glob.ts'
import { distinctWarnings } from '../warnings.ts'
import { existingCollisions } from './topic-names.ts'
import { comparePlaces, decodePlace, encodePlace, orderOf, placeOf } from './topic-order.ts'
import { topicSizes } from './topic-sizes.ts'
import { summarize } from './topic-summary.ts'

/** All topics at one moment. */
export interface TopicSnapshot {
  /** When the reading began: nothing in it is older. */
  startedAt: Date
  topics: TopicSummary[]
  warnings: Warning[]
  /** Those of the warnings that say what could not be read; they name no topic. */
  unread: Warning[]
  /** Pages already rendered from it, by query. */
  pages: Map<string, TopicPage>
}

/** One page of the list, with its serialized form. */
export interface TopicPage {
  list: TopicList
  body: string
}

export interface TopicSnapshots {
  /**
   * One page of the topics. Two requests per broker for all topics, shared by concurrent callers.
   * @param globs of the only topics that the caller may see; undefined: all
   * @throws KopsError cluster_unreachable, or validation_failed on `cursor`
   */
  page(query: TopicListQuery, globs?: readonly string[]): Promise<TopicPage>
  /** Their names, from the same reading. */
  names(query: TopicNameListQuery, globs?: readonly string[]): Promise<TopicNameList>
  /** All topics, as old as a page may be. */
  current(): Promise<TopicSnapshot>
  /** Something was changed: earlier readings, including one in progress, are no longer served. */
  invalidate(): void
}

export interface SnapshotOptions {
  now: () => Date
  /** Maximum age of a served snapshot, from the start of its reading. */
  maxAgeMs: number
  /** A snapshot older than this is still served, and the next one is read meanwhile. */
  refreshAfterMs: number
  /** Time limit of a reading; it leaves out brokers that have not answered by then. */
  deadlineMs: number
}

const defaultLimit = 1000
const mostNames = 10_000
const keptPages = 32
const longestKeptKey = 512

/** The topics of a cluster, read on demand, one reading at a time. */
export function createTopicSnapshots(
  reader: Pick<ClusterReader, 'metadata' | 'replicaSizes'>,
  { now, maxAgeMs, refreshAfterMs, deadlineMs }: SnapshotOptions
): TopicSnapshots {
  let generation = 0
  let latest: TopicSnapshot | undefined
  let reading: Promise<TopicSnapshot> | undefined

  async function read(): Promise<TopicSnapshot> {
    const startedIn = generation
    const startedAt = now()
    const [metadata, sizes] = await Promise.all([
      reader.metadata({ deadlineMs }),
      reader.replicaSizes(undefined, { deadlineMs })
    ])
    const known = topicSizes(sizes)
    const unread = distinctWarnings([...metadata.warnings, ...sizes.warnings])
    const snapshot: TopicSnapshot = {
      startedAt,
      topics: metadata.value.topics.map((topic) => summarize(topic, known.ofTopic(topic))),
      warnings: [...unread, ...existingCollisions(metadata.value.topics.map(({ name }) => name))],
      unread,
      pages: new Map()
    }
    if (startedIn === generation) latest = snapshot
    return snapshot
  }

  function refresh(): Promise<TopicSnapshot> {
    if (reading) return reading
    const begun: Promise<TopicSnapshot> = read().finally(() => {
      if (reading === begun) reading = undefined
    })
    reading = begun
    return begun
  }

  async function current(): Promise<TopicSnapshot> {
    const age = latest === undefined ? Number.POSITIVE_INFINITY : now().getTime() - latest.startedAt.getTime()
    if (latest === undefined || age < 0 || age >= maxAgeMs) return refresh()
    // Refreshes in advance for the next caller. A failure is reported to the caller that finds no fresh snapshot.
    if (age >= refreshAfterMs) refresh().catch(() => {})
    return latest
  }

  return {
    current,
    async page(query, globs) {
      const snapshot = await current()
      const { name, internal, trouble, sort, order, limit, cursor } = query
      const key = JSON.stringify([name, internal, trouble, sort, order, limit, cursor, globs])
      const known = snapshot.pages.get(key)
      if (known) return known
      const list = pageOf(globs === undefined ? snapshot : limitedTo(snapshot, globs), query)
      const page = { list, body: JSON.stringify(list) }
      if (snapshot.pages.size < keptPages && key.length <= longestKeptKey) snapshot.pages.set(key, page)
      return page
    },
    async names(query, globs) {
      const snapshot = await current()
      return namesOf(globs === undefined ? snapshot : limitedTo(snapshot, globs), query)
    },
    invalidate() {
      generation += 1
      latest = undefined
      reading = undefined
    }
  }
}

/** What a caller who may see some topics sees: nothing in it depends on another one. */
function limitedTo({ startedAt, topics, unread }: TopicSnapshot, globs: readonly string[]) {
  const granted = topics.filter(({ name }) => isGranted(globs, name))
  return { startedAt, topics: granted, warnings: [...unread, ...existingCollisions(granted.map(({ name }) => name))] }
}

/** The topics of a snapshot that match a query. @throws KopsError validation_failed on `cursor` */
export function pageOf(
  { startedAt, topics, warnings }: Pick<TopicSnapshot, 'startedAt' | 'topics' | 'warnings'>,
  query: TopicListQuery
): TopicList {
  const { name, internal = false, trouble, limit = defaultLimit, cursor } = query
  const order = orderOf(query)
  const after = cursor === undefined ? undefined : decodePlace(cursor, order)
  const all = topics
    .filter((topic) => internal || trouble !== undefined || !topic.internal)
    .filter((topic) => name === undefined || topic.name.includes(name))
    .filter((topic) => trouble === undefined || isIn(trouble, topic))
  const following = all
    .map((topic) => ({ topic, place: placeOf(topic, order.sort) }))
    .filter(({ place }) => after === undefined || comparePlaces(place, after, order) > 0)
    .sort((a, b) => comparePlaces(a.place, b.place, order))
  const page = following.slice(0, limit)
  const last = page.at(-1)
  return {
    topics: page.map(({ topic }) => topic),
    total: all.length,
    ...(last !== undefined && following.length > limit ? { nextCursor: encodePlace(last.place, order) } : {}),
    asOf: startedAt.toISOString(),
    warnings
  }
}

/** The names in a snapshot that match a query, those that begin with it first. */
export function namesOf(
  { startedAt, topics }: Pick<TopicSnapshot, 'startedAt' | 'topics'>,
  { name = '', limit = mostNames }: TopicNameListQuery
): TopicNameList {
  const matching = topics.map((topic) => topic.name).filter((each) => each.includes(name))
  matching.sort((a, b) => Number(b.startsWith(name)) - Number(a.startsWith(name)) || (a < b ? -1 : 1))
  return { names: matching.slice(0, limit), total: matching.length, asOf: startedAt.toISOString() }
}

function isIn(trouble: NonNullable<TopicListQuery['trouble']>, { offline, underReplicated }: TopicSummary): boolean {
  if (trouble === 'offline') return offline > 0
  return underReplicated > 0 || (trouble === 'any' && offline > 0)
}
