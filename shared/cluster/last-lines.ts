import { open } from 'node:fs/promises'

/** The last lines of a file, oldest first, read from its end; empty without a file. Reads at most 1 MiB. */
export async function lastLines(path: string, count: number): Promise<string[]> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined || count < 1) {
    await file?.close()
    return []
  }
  try {
    const { size } = await file.stat()
    const length = Math.min(size, 1024 * 1024)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const lines = buffer.toString('utf8').split('\n')
    // A line cut by the window, and text after the last newline, do not count as lines.
    if (length < size) lines.shift()
    if (lines.at(-1) === '') lines.pop()
    return lines.slice(-count)
  } finally {
    await file.close()
  }
}
