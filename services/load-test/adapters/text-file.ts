import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

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
    async write(text) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.new`, `${text}\n`)
      await rename(`${path}.new`, path)
    }
  }
}
