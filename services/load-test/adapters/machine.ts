import { availableParallelism, cpus, totalmem } from 'node:os'

/** What this process runs on, as parts of a fingerprint. Memory in whole GiB: a kernel takes more or less of it. */
export function machineParts(): Record<string, string | null> {
  return {
    'client.node': process.version,
    'machine.cores': String(availableParallelism()),
    'machine.cpu': cpus()[0]?.model.trim() || null,
    'machine.memory': `${Math.round(totalmem() / 2 ** 30)} GiB`
  }
}
