import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import Value from 'typebox/value'
import { type AuditEvent, AuditEventSchema } from '../contracts/audit.ts'
import { parseJson } from '../json.ts'
import type { AuditSpool } from './audit-trail.ts'

export interface SpoolFileOptions {
  path: string
  /** Called with the file that keeps what is no event, and with how much of it was found. */
  onUndecodable: (found: { path: string; bytes: number }) => void
}

const newline = 0x0a

/**
 * A file with one JSON event per line, each on disk (fsync) before append() resolves. Events in delivery are moved
 * aside first and removed after delivery: a crash in between delivers them again, which event ids reveal. A crash or a
 * full disk can cut a line short: the next append cuts it off, because continuing it would spoil the next event too.
 * What is no event is kept in a file beside it.
 */
export function createSpoolFile({ path, onUndecodable }: SpoolFileOptions): AuditSpool {
  const aside = `${path}.delivering`
  const undecodable = `${path}.undecodable`
  let last: Promise<unknown> = Promise.resolve()

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

  /** Ends the file with a whole line: completes a last event that lacks only its newline, cuts off half of one. */
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

  async function deliverFile(file: string, deliver: (events: AuditEvent[]) => Promise<void>): Promise<void> {
    const lines = await linesOf(file)
    const events = lines.flatMap((line) => decode(line) ?? [])
    if (events.length > 0) await deliver(events)
    await keep(lines.filter((line) => decode(line) === undefined))
    await rm(file, { force: true })
  }

  return {
    append: (event) =>
      inTurn(async () => {
        await mkdir(dirname(path), { recursive: true })
        await using file = await open(path, 'a+', 0o600)
        await mend(file)
        await file.appendFile(`${JSON.stringify(event)}\n`)
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

function decode(line: Buffer): AuditEvent | undefined {
  const event = parseJson(line.toString())
  return Value.Check(AuditEventSchema, event) ? event : undefined
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
