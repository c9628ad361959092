import { readFile } from 'node:fs/promises'
import { nodeFiles } from '#shared/cluster/local/node-files.ts'
import { parseRecord } from '#shared/cluster/process-identity.ts'

const brokers = ['kafka-1', 'kafka-2', 'kafka-3']
/** /proc counts in clock ticks: sysconf(_SC_CLK_TCK) is 100 on Linux. */
const msPerTick = 10

/** Processor time (utime + stime of /proc/<pid>/stat) that the three brokers of a local cluster have used since they started, ms. */
export async function brokersCpuMs(stateDir: string): Promise<number> {
  let ticks = 0
  for (const broker of brokers) {
    const record = parseRecord(await readFile(nodeFiles(stateDir, broker).record, 'utf8'))
    if (record === undefined) throw new Error(`${broker} has no process`)
    const stat = await readFile(`/proc/${record.pid}/stat`, 'utf8')
    // The command name, which may contain spaces, is in parentheses; utime and stime are the 12th and 13th fields after
    // it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks * msPerTick
}
