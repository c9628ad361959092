import { readFile } from 'node:fs/promises'
import { replaceFile } from '#shared/files/replace-file.ts'

export interface TextFile {
  /** Undefined if the file does not exist. */
  read(): Promise<string | undefined>
  write(text: string): Promise<void>
}

/** A short text on disk, replaced atomically. */
export function createTextFile(path: string): TextFile {
  return {
    async read() {
      try {
        return (await readFile(path, 'utf8')).trim()
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    write: (text) => replaceFile(path, `${text}\n`)
  }
}
