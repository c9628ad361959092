import { open } from 'node:fs/promises'

const blockBytes = 64 * 1024

/** The last lines of a file, oldest first, joined by newlines; an explanation when it cannot be read. At most 64 KiB are read. */
export async function lastLines(path: string, count: number): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const from = Math.max(0, size - blockBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n')
    return lines.slice(-count).join('\n')
  } catch (error) {
    return `(${path} cannot be read: ${(error as Error).message})`
  }
}
