import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import Value from 'typebox/value'
import { type Fault, FaultSchema } from '../../contracts/cluster.ts'
import { parseJson } from '../../json.ts'
import { isOpen } from './fault-rules.ts'

/** The faults of one cluster on disk, a file each: what has to be undone is known whatever becomes of this process. */
export interface FaultJournal {
  /** Resolves when the fault is on the disk itself, not in a cache. */
  write(fault: Fault): Promise<void>
  /** Every fault on disk, oldest first. Files that are not faults are left alone and named in `unreadable`. */
  load(): Promise<{ faults: Fault[]; unreadable: string[] }>
}

/** Number of healed faults to keep for queries. */
const keptHealed = 50

export async function openFaultJournal(folder: string): Promise<FaultJournal> {
  await mkdir(folder, { recursive: true })
  const healed: string[] = []

  async function sync(path: string, flags: string, text?: string): Promise<void> {
    await using file = await open(path, flags)
    if (text !== undefined) await file.writeFile(text)
    await file.sync()
  }

  async function prune(id: string): Promise<void> {
    if (!healed.includes(id)) healed.push(id)
    for (const old of healed.splice(0, Math.max(0, healed.length - keptHealed))) {
      await rm(join(folder, `${old}.json`), { force: true })
    }
  }

  return {
    async write(fault) {
      const path = join(folder, `${fault.id}.json`)
      await sync(`${path}.new`, 'w', `${JSON.stringify(fault)}\n`)
      await rename(`${path}.new`, path)
      // The rename is on disk when the folder is.
      await sync(folder, 'r')
      if (!isOpen(fault)) await prune(fault.id)
    },

    async load() {
      const faults: Fault[] = []
      const unreadable: string[] = []
      for (const name of (await readdir(folder)).filter((one) => one.endsWith('.json'))) {
        const fault = parse(await readFile(join(folder, name), 'utf8'))
        if (fault) faults.push(fault)
        else unreadable.push(name)
      }
      faults.sort((a, b) => a.injectedAt.localeCompare(b.injectedAt))
      for (const fault of faults) if (!isOpen(fault)) await prune(fault.id)
      return { faults, unreadable }
    }
  }
}

function parse(text: string): Fault | undefined {
  const value = parseJson(text)
  return Value.Check(FaultSchema, value) ? value : undefined
}
