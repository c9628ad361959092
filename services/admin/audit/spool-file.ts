import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import Value from 'typebox/value'
import { type AuditEvent, AuditEventSchema } from '#shared/contracts/audit.ts'
import { parseJson } from '#shared/json.ts'
import type { AuditSpool } from '../domain/audit/audit-trail.ts'

/**
 * A file with one JSON event per line, each on disk (fsync) before append() resolves. Events in delivery are moved
 * aside first and removed after delivery: a crash in between delivers them again, which event ids reveal.
 */
export function createSpoolFile(path: string): AuditSpool {
  const aside = `${path}.delivering`
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time, in order. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = last.then(act, act)
    last = turn.catch(() => undefined)
    return turn
  }

  return {
    append: (event) =>
      inTurn(async () => {
        await mkdir(dirname(path), { recursive: true })
        await using file = await open(path, 'a', 0o600)
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

async function deliverFile(path: string, deliver: (events: AuditEvent[]) => Promise<void>): Promise<void> {
  const events = await readEvents(path)
  if (events.length > 0) await deliver(events)
  await rm(path, { force: true })
}

/** A last line that a crash cut short is left out: its append() never resolved. */
async function readEvents(path: string): Promise<AuditEvent[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.split('\n').flatMap((line) => {
    const event = parseJson(line)
    return Value.Check(AuditEventSchema, event) ? [event] : []
  })
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
