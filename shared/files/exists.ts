import { access } from 'node:fs/promises'

/** Whether a reachable file or directory of this name exists. Never rejects. */
export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
