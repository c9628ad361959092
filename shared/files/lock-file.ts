import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A lock that this process holds, until it releases it or ends. */
export interface HeldLock {
  release(): Promise<void>
}

/**
 * Takes a lock that one process can hold at a time, or undefined if another one has it. The kernel takes it back
 * whatever way the process ends (flock(2)). Nobody else can hold it, in place of a process that does not run: only the
 * file's owner may open it.
 * @throws Error if the file cannot be opened, or the machine has no flock(1)
 */
export async function takeLock(path: string): Promise<HeldLock | undefined> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'a', 0o600)
  try {
    // Node.js cannot lock files itself. The lock belongs to the open file, which this process shares with the command.
    const command = spawn('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'pipe', file.fd] })
    const [code] = (await once(command, 'close')) as [number | null]
    if (code === 0) return { release: () => file.close() }
    await file.close()
    if (code === 1) return undefined
    throw new Error(`${path} cannot be locked: flock ended with ${code}`)
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
}
