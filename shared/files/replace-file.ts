import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { storageError } from './storage-error.ts'

export interface ReplaceFileOptions {
  mode?: number
  /** The text is on disk, not in a cache, once the file has its name. */
  flush?: boolean
}

/**
 * Writes a file beside the one that it replaces: a crash, or a reader, finds the old text or the new one. An attempt that
 * fails leaves the old one and takes no room. Creates the folder if it does not exist.
 * @throws KopsError storage_unavailable if the disk is full or broken
 */
export async function replaceFile(path: string, text: string, options: ReplaceFileOptions = {}): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.new`, text, options)
    await rename(`${path}.new`, path)
  } catch (error) {
    await rm(`${path}.new`, { force: true }).catch(() => {})
    throw storageError(error) ?? error
  }
}
