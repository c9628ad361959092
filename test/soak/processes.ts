import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { keptFiles } from '#shared/cluster/keeper/kept-files.ts'
import type { Sample } from './judge.ts'

export const serviceNames = ['admin-service', 'health-service', 'load-test-service'] as const

/** A service of a cluster in the local runtime. */
export interface SoakedProcess {
  name: string
  pid: number
  samples: Sample[]
}

/** The services that run now. @throws Error naming one that does not */
export async function findServices(stateDir: string): Promise<SoakedProcess[]> {
  const { ledger } = keptFiles(stateDir)
  return Promise.all(
    serviceNames.map(async (name) => {
      const { state, pid } = await ledger.status(name)
      if (state !== 'running' || pid === null) throw new Error(`${name} is ${state}: ./setup.sh starts it`)
      return { name, pid, samples: [] }
    })
  )
}

/** Adds a sample. @throws Error if the process has ended, or may not be looked at */
export async function sample({ name, pid, samples }: SoakedProcess, stateDir: string, at: number): Promise<void> {
  const proc = `/proc/${pid}`
  const log = join(stateDir, 'logs', `${name}.log`)
  try {
    const [status, handles, { size }] = await Promise.all([
      readFile(`${proc}/status`, 'utf8'),
      readdir(`${proc}/fd`),
      stat(log)
    ])
    const rssKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
    samples.push({ at, rssBytes: rssKib * 1024, handles: handles.length, logBytes: size })
  } catch (cause) {
    throw new Error(`${name} (pid ${pid}) has ended, or belongs to a user whose processes you may not look at`, {
      cause
    })
  }
}
