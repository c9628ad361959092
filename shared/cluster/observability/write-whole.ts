import { chmod, chown, rename, rm, writeFile } from 'node:fs/promises'

export interface FileAccess {
  mode: number
  /** The file's owner and group, if they are not this process's. */
  reader?: { uid: number; gid: number } | undefined
}

/**
 * Prometheus watches these files: it must not see half of one. Files with secrets are never readable by others, not
 * even briefly.
 */
export async function writeWhole(path: string, text: string, access?: FileAccess): Promise<void> {
  const part = `${path}.new`
  await rm(part, { force: true })
  await writeFile(part, text, access && { mode: access.mode })
  // The umask may have removed the group's permission.
  if (access) await chmod(part, access.mode)
  if (access?.reader && process.getuid?.() === 0) await chown(part, access.reader.uid, access.reader.gid)
  await rename(part, path)
}
