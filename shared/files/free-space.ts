import { mkdir, statfs } from 'node:fs/promises'
import { KopsError } from '../errors/catalog.ts'
import { storageError } from './storage-error.ts'

/**
 * Refuses what would write to a disk that is nearly full.
 * @param leastBytes available to this user below `folder`, which is created if it does not exist
 * @throws KopsError storage_unavailable
 */
export async function assertFreeSpace(folder: string, leastBytes: number): Promise<void> {
  const free = await bytesFree(folder).catch((error: unknown) => {
    throw storageError(error) ?? error
  })
  if (free >= leastBytes) return
  throw new KopsError(
    'storage_unavailable',
    `The disk of KOPS_DATA_DIR has ${free} bytes left; KOPS_MIN_FREE_BYTES requires ${leastBytes}`
  )
}

async function bytesFree(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true })
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
