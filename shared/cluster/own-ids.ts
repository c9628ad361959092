import { createHash } from 'node:crypto'

/**
 * Where systemd allocates no users, and neither Debian nor containers do ("Users, Groups, UIDs and GIDs on systemd
 * Systems"): numbers for users and groups that nothing else on the machine has.
 */
const firstOf = { nodes: 1_900_000_000, processes: 2_000_000_000 }
const count = 100_000_000

/** Always the same number for a name, and another one than those of other names. @param of the clusters' nodes, or the processes around them */
export function ownId(of: keyof typeof firstOf, name: string): number {
  return firstOf[of] + (createHash('sha256').update(name).digest().readUInt32BE() % count)
}

/**
 * The group that a process around a cluster has for itself where root starts it. It alone may open what is for that group,
 * and the kernel lets no process of another group read its memory or environment, or trace it, even if both have the same
 * user (ptrace(2), "Ptrace access mode checking").
 * @param process as the stack names it: `load-test-service`
 */
export function processGroupOf(clusterId: string, process: string): number {
  return ownId('processes', `${clusterId} ${process}`)
}
