import type { DeleteTopicPlan, TopicDeletion } from '#shared/contracts/topic-deletions.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { isGranted } from '#shared/lists/glob.ts'
import type { DocumentStore } from './kept-topics.ts'

export interface TopicDeletionsOptions {
  store: DocumentStore<TopicDeletion>
  /** Deletes the topic under its guards, and records it in the audit trail. */
  carryOut: (deletion: TopicDeletion) => Promise<DeleteTopicPlan>
  now: () => Date
  createId: () => string
  /** Runs a function once, that many ms later; returns what forgets it. */
  after: (ms: number, run: () => void) => () => void
  /** Receives errors that block the queue; it retries. */
  onError: (error: unknown) => void
}

export interface DeletionToSchedule {
  topic: string
  topicId?: string
  dueAt: Date
  requestedBy: string
  reason: string | null
  force: boolean
  plan: DeleteTopicPlan
}

/** Scheduled deletions. They survive a restart: those that became due meanwhile run at the start. */
export interface TopicDeletions {
  /** Reads what waits and begins to watch the time. */
  start(): Promise<void>
  /** @throws KopsError job_conflict when a deletion of this topic waits already */
  schedule(wanted: DeletionToSchedule): Promise<TopicDeletion>
  /** Newest first. */
  list(): TopicDeletion[]
  /**
   * @param globs of the only topics that the caller may see: to them, a deletion of another one does not exist
   * @throws KopsError job_not_found
   */
  find(id: string, globs?: readonly string[]): TopicDeletion
  /** @throws KopsError job_not_found, job_finished */
  cancel(id: string, globs?: readonly string[]): Promise<TopicDeletion>
  /** Waits for the deletion that is under way. Idempotent. */
  close(): Promise<void>
}

const path = '/api/topics/deletions'
const keptEnded = 200
/** A timer holds at most 24 days; checking hourly also notices a changed clock. */
const longestTimerMs = 3_600_000
const retryMs = 5_000

export function createTopicDeletions(options: TopicDeletionsOptions): TopicDeletions {
  const { store, carryOut, now, createId, after, onError } = options
  const deletions = new Map<string, TopicDeletion>()
  /** Deletions that a crash may have interrupted after Kafka carried them out; they are carried out again. */
  const interrupted = new Set<string>()
  /** Topics whose deletion is being stored. */
  const scheduling = new Set<string>()
  let forgetTimer = () => {}
  let running: Promise<void> | undefined
  let closed = false

  const waiting = () =>
    [...deletions.values()].filter(
      ({ id, status }) => status === 'scheduled' || (status === 'deleting' && interrupted.has(id))
    )

  function arm(soonestMs = 0): void {
    forgetTimer()
    if (closed) return
    const next = Math.min(...waiting().map(({ dueAt }) => Date.parse(dueAt)))
    if (next === Number.POSITIVE_INFINITY) return
    const ms = Math.min(Math.max(next - now().getTime(), soonestMs), longestTimerMs)
    forgetTimer = after(ms, wake)
  }

  function wake(): void {
    if (running || closed) return
    running = runDue()
      .then(
        () => 0,
        (error) => {
          onError(error)
          return retryMs
        }
      )
      .then((soonestMs) => {
        running = undefined
        arm(soonestMs)
      })
  }

  /** One after the other: a cluster has one controller. */
  async function runDue(): Promise<void> {
    for (;;) {
      const due = waiting().find(({ dueAt }) => Date.parse(dueAt) <= now().getTime())
      if (closed || due === undefined) return
      await claim(due, { ...due, status: 'deleting' })
      await conclude({ ...due, ...(await outcomeOf(due)), endedAt: now().toISOString() })
      await forgetOldest()
    }
  }

  async function outcomeOf(due: TopicDeletion): Promise<Pick<TopicDeletion, 'status' | 'detail' | 'plan'>> {
    try {
      return { status: 'deleted', detail: null, plan: await carryOut(due) }
    } catch (error) {
      if (isKopsError(error, 'topic_not_found') && interrupted.has(due.id)) {
        return {
          status: 'deleted',
          detail: 'The topic was being deleted when the service ended',
          plan: { ...due.plan, applied: true }
        }
      }
      if (!isKopsError(error)) onError(error)
      const refused = isKopsError(error) && error.status < 500
      const detail = isKopsError(error) ? error.message : 'An unexpected error; the service log has it'
      return { status: refused ? 'refused' : 'failed', detail, plan: due.plan }
    }
  }

  /**
   * Changes a waiting deletion before the first await: a deletion is either cancelled or carried out, whichever comes
   * first. It waits again if the change cannot be stored.
   */
  async function claim(waits: TopicDeletion, claimed: TopicDeletion): Promise<TopicDeletion> {
    deletions.set(claimed.id, claimed)
    try {
      await store.save(claimed)
    } catch (error) {
      deletions.set(waits.id, waits)
      throw error
    }
    return claimed
  }

  /** What happened has happened, even if it cannot be stored. */
  async function conclude(deletion: TopicDeletion): Promise<void> {
    interrupted.delete(deletion.id)
    deletions.set(deletion.id, deletion)
    await store.save(deletion)
  }

  async function forgetOldest(): Promise<void> {
    const ended = list().filter(({ endedAt }) => endedAt !== null)
    for (const { id } of ended.slice(keptEnded)) {
      deletions.delete(id)
      await store.remove(id)
    }
  }

  function list(): TopicDeletion[] {
    return [...deletions.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
  }

  function find(id: string, globs?: readonly string[]): TopicDeletion {
    const found = deletions.get(id)
    if (found === undefined || !isGranted(globs, found.topic))
      throw new KopsError('job_not_found', `There is no scheduled deletion ${id}`)
    return found
  }

  return {
    list,
    find,
    async start() {
      for (const deletion of await store.load()) {
        if (deletion.status === 'deleting') interrupted.add(deletion.id)
        deletions.set(deletion.id, deletion)
      }
      arm()
    },

    async schedule({ topic, topicId, dueAt, ...wanted }) {
      const earlier = waiting().find((deletion) => deletion.topic === topic)
      if (earlier || scheduling.has(topic)) {
        const which = earlier ? `: ${earlier.links.self}` : ''
        throw new KopsError('job_conflict', `The deletion of ${topic} is already scheduled${which}`)
      }
      const id = createId()
      const deletion: TopicDeletion = {
        id,
        topic,
        ...(topicId === undefined ? {} : { topicId }),
        status: 'scheduled',
        ...wanted,
        requestedAt: now().toISOString(),
        dueAt: dueAt.toISOString(),
        endedAt: null,
        detail: null,
        links: { self: `${path}/${id}`, cancel: `${path}/${id}` }
      }
      scheduling.add(topic)
      try {
        await store.save(deletion)
        deletions.set(id, deletion)
      } finally {
        scheduling.delete(topic)
      }
      arm()
      return deletion
    },

    async cancel(id, globs) {
      const deletion = find(id, globs)
      if (deletion.status !== 'scheduled') {
        throw new KopsError('job_finished', `The deletion of ${deletion.topic} is ${deletion.status}`)
      }
      try {
        return await claim(deletion, { ...deletion, status: 'cancelled', endedAt: now().toISOString() })
      } finally {
        arm()
      }
    },

    async close() {
      closed = true
      forgetTimer()
      await running
    }
  }
}
