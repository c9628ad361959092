import { open } from 'node:fs/promises'

/** The last lines of a file, oldest first, read from its end; none when there is no file. At most 1 MiB is looked at. */
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
    // What the window cut in two, and what follows the last newline, are no lines.
    if (length < size) lines.shift()
    if (lines.at(-1) === '') lines.pop()
    return lines.slice(-count)
  } finally {
    await file.close()
  }
}
