import { createHash } from 'node:crypto'
import type { KeptTopic } from '#shared/contracts/topic-recreation.ts'
import { fieldError } from '#shared/errors/catalog.ts'

/** Documents on disk, each with an id: what survives a restart. */
export interface DocumentStore<T extends { id: string }> {
  load(): Promise<T[]>
  /** Resolves once it is on disk. */
  save(document: T): Promise<void>
  remove(id: string): Promise<void>
}

/** The saved specs of deleted topics, the latest of each name. */
export interface KeptTopics {
  /** @returns a function that restores the spec previously saved under this name */
  keep(topic: Omit<KeptTopic, 'id'>): Promise<() => Promise<void>>
  /** @throws KopsError topic_spec_unknown */
  find(name: string): Promise<KeptTopic>
}

export function createKeptTopics(store: DocumentStore<KeptTopic>): KeptTopics {
  let loaded: Promise<Map<string, KeptTopic>> | undefined
  const all = () => {
    loaded ??= store.load().then((topics) => new Map(topics.map((kept) => [kept.topic.name, kept])))
    return loaded
  }

  return {
    async keep(topic) {
      const topics = await all()
      const { name } = topic.topic
      const before = topics.get(name)
      const kept = { ...topic, id: idOf(name) }
      await store.save(kept)
      topics.set(name, kept)
      return async () => {
        if (before) {
          await store.save(before)
          topics.set(name, before)
        } else {
          await store.remove(kept.id)
          topics.delete(name)
        }
      }
    },
    async find(name) {
      const kept = (await all()).get(name)
      if (kept === undefined) {
        throw fieldError(
          'topic_spec_unknown',
          'topicName',
          `No topic ${name} was deleted through this service, so there is no saved spec`
        )
      }
      return kept
    }
  }
}

/** A file name for a topic: topic names may be as long as a file name, and differ only in case. */
function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32)
}
