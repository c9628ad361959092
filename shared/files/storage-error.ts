import { KopsError } from '../errors/catalog.ts'

const reasons = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota of the disk is used up'],
  ['EIO', 'the disk reports an error'],
  ['EROFS', 'the file system is read-only']
])

/** The error of the catalog for a disk that is full or broken; undefined for any other error. */
export function storageError(error: unknown): KopsError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons.get(code)
  if (reason === undefined) return undefined
  return new KopsError('storage_unavailable', `kops cannot write its files: ${reason} (${code})`, { cause: error })
}
