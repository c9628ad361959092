import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import { readIfPresent } from './read-if-present.ts'
import { replaceFile } from './replace-file.ts'

export interface JsonFilesOptions {
  folder: string
  schema: TSchema
  /** Called with the path of a file that is not such a document; the file is left unchanged. */
  onUnreadable: (path: string, cause: unknown) => void
}

/** Documents that survive a restart, each under its id. */
export interface JsonFiles<T extends { id: string }> {
  /** Every document that can be read. */
  load(): Promise<T[]>
  /** One document; undefined if there is none that can be read. */
  read(id: string): Promise<T | undefined>
  /**
   * Replaces the document of the same id atomically; it is on disk once this resolves: a crash leaves the old or the
   * new one.
   * @throws KopsError storage_unavailable
   */
  save(document: T): Promise<void>
  remove(id: string): Promise<void>
}

const extension = '.json'

/** One JSON file per document, written to a temporary file and renamed: readers never see half of one. */
export function createJsonFiles<T extends { id: string }>({
  folder,
  schema,
  onUnreadable
}: JsonFilesOptions): JsonFiles<T> {
  const writes = new Map<string, Promise<void>>()
  const pathOf = (id: string) => join(folder, `${id}${extension}`)

  /** One write at a time per document, in order. */
  function inOrder(id: string, write: () => Promise<void>): Promise<void> {
    const next = (writes.get(id) ?? Promise.resolve()).catch(() => undefined).then(write)
    const tracked = next.finally(() => {
      if (writes.get(id) === tracked) writes.delete(id)
    })
    writes.set(id, tracked)
    return tracked
  }

  async function read(path: string): Promise<T | undefined> {
    try {
      const text = await readIfPresent(path)
      if (text === undefined) return undefined
      const document: unknown = JSON.parse(text)
      if (Value.Check(schema, document)) return document as T
      onUnreadable(path, new Error('not a document of this version'))
    } catch (cause) {
      onUnreadable(path, cause)
    }
    return undefined
  }

  return {
    async load() {
      const documents: T[] = []
      for (const name of await namesIn(folder)) {
        if (!name.endsWith(extension)) continue
        const document = await read(join(folder, name))
        if (document !== undefined) documents.push(document)
      }
      return documents
    },
    read: (id) => read(pathOf(id)),
    save(document) {
      const text = `${JSON.stringify(document, null, 2)}\n`
      return inOrder(document.id, () => replaceFile(pathOf(document.id), text, { flush: true }))
    },
    remove(id) {
      return inOrder(id, () => rm(pathOf(id), { force: true }))
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
