import type { ZookeeperMode, ZookeeperStats } from './ports.ts'

const nothing: ZookeeperStats = {
  outstandingRequests: null,
  latencyMs: null,
  connections: null,
  zxid: null,
  nodeCount: null,
  version: null
}

/**
 * Parses an answer to `srvr` (ZooKeeper's ServerStats; the averages of 3.6 and later have fractions). `mode` is null if
 * the node reports that it serves no requests, as without a quorum.
 * @throws Error if it is not an answer of ZooKeeper
 */
export function parseSrvr(answer: string): { mode: ZookeeperMode | null } & ZookeeperStats {
  const mode = /^Mode: (leader|follower|standalone|observer)\s*$/m.exec(answer)?.[1]
  if (!isMode(mode)) {
    if (/not currently serving requests/.test(answer)) return { mode: null, ...nothing }
    throw new Error('the answer is not from ZooKeeper')
  }
  return {
    mode,
    outstandingRequests: numberIn(answer, /^Outstanding: (\d+)/m),
    latencyMs: latencyOf(/^Latency min\/avg\/max: ([\d.]+)\/([\d.]+)\/([\d.]+)/m.exec(answer)),
    connections: numberIn(answer, /^Connections: (\d+)/m),
    zxid: /^Zxid: (0x[0-9a-f]+)/m.exec(answer)?.[1] ?? null,
    nodeCount: numberIn(answer, /^Node count: (\d+)/m),
    version: /^Zookeeper version: ([^\s,-]+)/m.exec(answer)?.[1] ?? null
  }
}

/**
 * The values that `mntr` reports better than `srvr`: latencies and outstanding requests of the same instant. `refused`
 * if the node's whitelist lacks it.
 */
export function parseMntr(
  answer: string
): Pick<ZookeeperStats, 'latencyMs' | 'outstandingRequests'> | 'refused' | undefined {
  if (/is not executed because it is not in the whitelist/.test(answer)) return 'refused'
  const read = (name: string) => numberIn(answer, new RegExp(`^zk_${name}\\t([\\d.]+)`, 'm'))
  const [min, avg, max] = [read('min_latency'), read('avg_latency'), read('max_latency')]
  const outstandingRequests = read('outstanding_requests')
  if (min === null || avg === null || max === null || outstandingRequests === null) return undefined
  return { latencyMs: { min, avg, max }, outstandingRequests }
}

function latencyOf(match: RegExpExecArray | null): ZookeeperStats['latencyMs'] {
  return match && { min: Number(match[1]), avg: Number(match[2]), max: Number(match[3]) }
}

function numberIn(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? null : Number(found)
}

function isMode(mode: string | undefined): mode is ZookeeperMode {
  return mode !== undefined
}
