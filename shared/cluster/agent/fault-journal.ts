import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import Value from 'typebox/value'
import { boundedText } from '../../bounded-text.ts'
import { type Fault, FaultSchema } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { storageError } from '../../files/storage-error.ts'
import { parseJson } from '../../json.ts'
import { isOpen } from './fault-rules.ts'

/** The faults of one cluster on disk, one file each, so that they can be undone whatever happens to this process. */
export interface FaultJournal {
  /**
   * Resolves when the fault is on the disk itself, not in a cache. The first write of a fault reserves the space for all
   * later ones; a write that fails leaves the state before. One write of a fault at a time.
   * @throws KopsError storage_unavailable
   */
  write(fault: Fault): Promise<void>
  /** Every fault on disk, oldest first. Never rejects: what cannot be read is left alone and named. */
  load(): Promise<{ faults: Fault[]; unreadable: Unreadable[] }>
  /** Renames what cannot be read, so that the next load() ignores it. */
  setAside(path: string): Promise<void>
}

export interface Unreadable {
  path: string
  reason: string
}

/** Number of healed faults to keep for queries. */
const keptHealed = 50

/** A file has two slots that are written in turn: one of them is whole even if a write is cut short. */
const slotBytes = 4096
const longestFailure = 2000
/** The revision of a file that an older version of kops wrote: one text, and no room for a second. */
const withoutSlots = -1

export function openFaultJournal(folder: string): FaultJournal {
  const healed: string[] = []
  /** Of the faults that have a file; the newer slot has the higher revision. A file without slots has none. */
  const revisions = new Map<string, number>()
  const pathOf = (id: string) => join(folder, `${id}.json`)

  async function sync(path: string): Promise<void> {
    await using file = await open(path, 'r')
    await file.sync()
  }

  /** Writes a new file, with room for the second slot. */
  async function create(fault: Fault): Promise<void> {
    const path = pathOf(fault.id)
    try {
      await mkdir(folder, { recursive: true })
      {
        await using file = await open(`${path}.new`, 'w')
        await file.writeFile(Buffer.concat([slotOf(fault, 0), Buffer.alloc(slotBytes, ' ')]))
        await file.sync()
      }
      await rename(`${path}.new`, path)
      // The rename is on disk when the folder is.
      await sync(folder)
    } catch (error) {
      // Nobody may take an injection that is refused for one that happened. A record that was there before stays.
      const left = revisions.has(fault.id) ? [`${path}.new`] : [`${path}.new`, path]
      await Promise.allSettled(left.map((each) => rm(each, { force: true })))
      throw error
    }
    revisions.set(fault.id, 0)
  }

  /** Overwrites the older slot, which needs no more space. After a failure the next write takes the same slot. */
  async function overwrite(fault: Fault, revision: number): Promise<void> {
    await using file = await open(pathOf(fault.id), 'r+')
    const slot = slotOf(fault, revision)
    for (let done = 0; done < slotBytes; ) {
      const { bytesWritten } = await file.write(slot, done, slotBytes - done, (revision % 2) * slotBytes + done)
      done += bytesWritten
    }
    await file.sync()
    revisions.set(fault.id, revision)
  }

  async function prune(id: string): Promise<void> {
    if (!healed.includes(id)) healed.push(id)
    for (const old of healed.splice(0, Math.max(0, healed.length - keptHealed))) {
      revisions.delete(old)
      // One that stays is removed with those of the next start.
      await rm(pathOf(old), { force: true }).catch(() => {})
    }
  }

  return {
    async write(fault) {
      try {
        const revision = revisions.get(fault.id)
        await (revision === undefined || revision === withoutSlots ? create(fault) : overwrite(fault, revision + 1))
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw (
          storageError(cause) ??
          new KopsError('storage_unavailable', `The fault journal cannot be written: ${why}`, { cause })
        )
      }
      if (!isOpen(fault)) await prune(fault.id)
    },

    async load() {
      const faults: Fault[] = []
      const unreadable: Unreadable[] = []
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') unreadable.push({ path: folder, reason: error.message })
        return []
      })
      for (const name of names.filter((one) => one.endsWith('.json'))) {
        const path = join(folder, name)
        try {
          const content = await readFile(path)
          const { fault, revision } = newest(content)
          if (name !== `${fault.id}.json`) throw new Error('it has the record of another fault')
          revisions.set(fault.id, content.length === 2 * slotBytes ? revision : withoutSlots)
          faults.push(fault)
        } catch (error) {
          unreadable.push({ path, reason: error instanceof Error ? error.message : String(error) })
        }
      }
      faults.sort((a, b) => a.injectedAt.localeCompare(b.injectedAt))
      for (const fault of faults) if (!isOpen(fault)) await prune(fault.id)
      return { faults, unreadable }
    },

    setAside: (path) => rename(path, `${path}.unreadable`)
  }
}

function slotOf(fault: Fault, revision: number): Buffer {
  const { failure, ...rest } = fault
  const shortened = failure === undefined ? rest : { ...rest, failure: boundedText(failure, longestFailure) }
  const slot = Buffer.alloc(slotBytes, ' ')
  slot.write(JSON.stringify({ revision, ...shortened }))
  slot.write('\n', slotBytes - 1)
  return slot
}

/** The newer of the slots that are whole, or the only text of a file without slots. @throws Error if none is */
function newest(content: Buffer): { fault: Fault; revision: number } {
  const slots = [0, slotBytes].flatMap((start) => {
    const { revision = 0, ...fault } = Object(parseJson(content.toString('utf8', start, start + slotBytes)))
    return Value.Check(FaultSchema, fault) ? [{ fault, revision: Number(revision) }] : []
  })
  const last = slots.sort((a, b) => a.revision - b.revision).at(-1)
  if (last === undefined) throw new Error('it is not the record of a fault')
  return last
}
