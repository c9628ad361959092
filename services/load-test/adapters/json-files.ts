import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import type { Job, JobStore } from '../domain/jobs/jobs.ts'

export interface JsonFilesOptions {
  folder: string
  schema: TSchema
  /** Called with the path of a file that is not such a document; it is left alone. */
  onUnreadable: (path: string, cause: unknown) => void
}

const extension = '.json'

/** One JSON file for each job, written beside and renamed: what is read is never half of one. */
export function createJsonFiles<T extends Job>({ folder, schema, onUnreadable }: JsonFilesOptions): JobStore<T> {
  const writes = new Map<string, Promise<void>>()
  const pathOf = (id: string) => join(folder, `${id}${extension}`)

  /** One write at a time for each job, in the order asked for. */
  function inOrder(id: string, write: () => Promise<void>): Promise<void> {
    const next = (writes.get(id) ?? Promise.resolve()).catch(() => undefined).then(write)
    const tracked = next.finally(() => {
      if (writes.get(id) === tracked) writes.delete(id)
    })
    writes.set(id, tracked)
    return tracked
  }

  return {
    async load() {
      await mkdir(folder, { recursive: true })
      const jobs: T[] = []
      for (const name of await readdir(folder)) {
        if (!name.endsWith(extension)) continue
        const path = join(folder, name)
        try {
          const document: unknown = JSON.parse(await readFile(path, 'utf8'))
          if (Value.Check(schema, document)) jobs.push(document as T)
          else onUnreadable(path, new Error('not a document of this version'))
        } catch (cause) {
          onUnreadable(path, cause)
        }
      }
      return jobs
    },
    save(job) {
      const text = `${JSON.stringify(job, null, 2)}\n`
      return inOrder(job.id, async () => {
        await writeFile(`${pathOf(job.id)}.new`, text)
        await rename(`${pathOf(job.id)}.new`, pathOf(job.id))
      })
    },
    remove(id) {
      return inOrder(id, () => rm(pathOf(id), { force: true }))
    }
  }
}
