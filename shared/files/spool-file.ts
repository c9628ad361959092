import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import { parseJson } from '../json.ts'

/** What waits on disk for its way to where it belongs. */
export interface Spool<T> {
  /** Resolves when the item is on disk. */
  append(item: T): Promise<void>
  /** Gives the waiting items, oldest first, to a function that resolves when they are where they belong; then forgets them. */
  drain(deliver: (items: T[]) => Promise<void>): Promise<void>
}

export interface SpoolFileOptions {
  path: string
  /** Of an item. */
  schema: TSchema
  /** Called with the file that keeps what is no item, and with how much of it was found. */
  onUndecodable: (found: { path: string; bytes: number }) => void
}

const newline = 0x0a

/**
 * A file with one JSON item per line, each on disk (fsync) before append() resolves. Items in delivery are moved
 * aside first and removed after delivery: a crash in between delivers them again, which their ids reveal. A crash or a
 * full disk can cut a line short: the next append cuts it off, because continuing it would spoil the next item too.
 * What is no item is kept in a file beside it.
 */
export function createSpoolFile<T>({ path, schema, onUndecodable }: SpoolFileOptions): Spool<T> {
  const aside = `${path}.delivering`
  const undecodable = `${path}.undecodable`
  let last: Promise<unknown> = Promise.resolve()

  function decode(line: Buffer): T | undefined {
    const item = parseJson(line.toString())
    return Value.Check(schema, item) ? (item as T) : undefined
  }

  /** One at a time, in order. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = last.then(act, act)
    last = turn.catch(() => undefined)
    return turn
  }

  async function keep(lines: Buffer[]): Promise<void> {
    if (lines.length === 0) return
    const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.of(newline)]))
    await appendDurably(undecodable, bytes)
    onUndecodable({ path: undecodable, bytes: bytes.length - lines.length })
  }

  /** Ends the file with a whole line: completes a last item that lacks only its newline, cuts off half of one. */
  async function mend(file: FileHandle): Promise<void> {
    const { size } = await file.stat()
    if (size === 0 || (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] === newline) return
    const content = await readFile(path)
    const start = content.lastIndexOf(newline) + 1
    const line = content.subarray(start)
    if (decode(line)) {
      await file.appendFile('\n')
    } else {
      await keep([line])
      await file.truncate(start)
    }
  }

  async function deliverFile(file: string, deliver: (items: T[]) => Promise<void>): Promise<void> {
    const lines = await linesOf(file)
    const items = lines.flatMap((line) => decode(line) ?? [])
    if (items.length > 0) await deliver(items)
    await keep(lines.filter((line) => decode(line) === undefined))
    await rm(file, { force: true })
  }

  return {
    append: (item) =>
      inTurn(async () => {
        await mkdir(dirname(path), { recursive: true })
        await using file = await open(path, 'a+', 0o600)
        await mend(file)
        await file.appendFile(`${JSON.stringify(item)}\n`)
        await file.datasync()
      }),

    drain: (deliver) =>
      inTurn(async () => {
        // Leftovers of an interrupted delivery come first.
        await deliverFile(aside, deliver)
        if (!(await renameIfThere(path, aside))) return
        await deliverFile(aside, deliver)
      })
  }
}

async function appendDurably(path: string, bytes: Buffer): Promise<void> {
  await using file = await open(path, 'a', 0o600)
  await file.appendFile(bytes)
  await file.datasync()
}

/** The lines of a file as bytes, without empty ones. */
async function linesOf(path: string): Promise<Buffer[]> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  const lines: Buffer[] = []
  for (let start = 0; start < content.length; ) {
    const found = content.indexOf(newline, start)
    const end = found === -1 ? content.length : found
    if (end > start) lines.push(content.subarray(start, end))
    start = end + 1
  }
  return lines
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
