import type { Job, JobStore } from '#shared/jobs/jobs.ts'

/** A store in memory that keeps documents apart from the objects that were saved. */
export function memoryStore<T extends Job>(kept: T[] = []): JobStore<T> & { documents: Map<string, string> } {
  const documents = new Map(kept.map((job) => [job.id, JSON.stringify(job)]))
  return {
    documents,
    load: async () => Array.from(documents.values(), (text) => JSON.parse(text) as T),
    save: async (job) => void documents.set(job.id, JSON.stringify(job)),
    remove: async (id) => void documents.delete(id)
  }
}
