import type { Warning } from '#shared/contracts/common.ts'
import type { JmxReader, JmxReading, JmxView } from '#shared/jmx/ports.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { brokerName, type ClusterMetadata, endpointKey, formatEndpoint } from '#shared/kafka/model.ts'
import { nothingRead, type RestReadings } from './compose.ts'
import { nextDeadline } from './deadlines.ts'
import { type AgainPorts, type GroupHistory, type GroupsAgain, readGroupsAgain, recordsToDate } from './groups/index.ts'
import { createPartLog } from './part-log.ts'
import { type QuickLimits, type QuickPorts, type QuickReadings, readQuick } from './quick-reading.ts'
import type { ClusterReadings, Part } from './readings.ts'
import { createSeldomPart } from './seldom.ts'
import { joinSettings, noSettings, readTopicSettings, type TopicSettings } from './topic-settings.ts'

export interface SweepPorts extends QuickPorts {
  reader: QuickPorts['reader'] & AgainPorts['reader']
  jmx: JmxReader
  /** The history of earlier sweeps, which decides which records' timestamps are needed. */
  history: GroupHistory
}

/** The intervals of rarely changing parts, and their jitter. */
export interface Pace {
  /** min.insync.replicas of all topics; new topics are read at once. */
  configsMs: number
  logDirsMs: number
  /** 0 to 1. */
  random: () => number
}

/** The readings of one cluster. Each rejects only if the signal aborts it, or for a defect. */
export interface Sweeper {
  /** Takes at most 1.6 s, whatever the state of the cluster. @param last the previous state */
  quick(last: ClusterReadings | undefined, signal: AbortSignal): Promise<QuickReadings>
  /**
   * The rest of a full reading, each part under its own deadline.
   * @param quick may still be in progress: parts that do not need it start at once
   * @param last has the last duration of each part
   */
  rest(quick: Promise<QuickReadings>, last: ClusterReadings | undefined, signal: AbortSignal): Promise<RestReadings>
  /** A few groups, between two full readings; null when they could not be read. */
  groupsAgain(names: readonly string[], metadata: ClusterMetadata, signal: AbortSignal): Promise<GroupsAgain | null>
}

/** Exporters are read in parallel with everything else: a silent one costs a sweep no more than this in all. */
const jmxMs = 1500

/**
 * Reads a cluster in two stages, the quick reading and the rest, which together are a full reading. Reads committed
 * offsets before end offsets, so that a fast consumer never causes a negative lag. The later parts skip a broker that
 * did not answer the quick reading (shared/kafka/connection).
 */
export function createSweeper(ports: SweepPorts, limits: QuickLimits, pace: Pace): Sweeper {
  const { reader, clock, jmx, history } = ports
  const timing = { clock, random: pace.random }
  const keptConfigs = createSeldomPart<TopicSettings>('configs', pace.configsMs, timing)
  const keptLogDirs = createSeldomPart<LogDirs>('logDirs', pace.logDirsMs, timing)
  return {
    quick: (last, signal) => readQuick(ports, limits, last, signal),
    groupsAgain: (names, metadata, signal) => readGroupsAgain(ports, names, metadata, signal),

    async rest(started, last, signal) {
      const startedAt = clock.monotonicMs()
      const log = createPartLog(clock, signal)
      const deadline = (part: Part) => nextDeadline(last?.parts.get(part), last?.errors.has(part) === true)

      const readJmx = async () => {
        if (jmx.size === 0) return new Map<number, JmxReading>()
        const views = log.read('jmx', Math.min(jmxMs, deadline('jmx')), async (limit) => {
          const read = await jmx.views(limit)
          const quick = await started
          return { value: byBroker(read, quick), warnings: read.flatMap((view, index) => silent(view, index, quick)) }
        })
        return (await views) ?? new Map<number, JmxReading>()
      }

      const readKafka = async () => {
        const quick = await started
        const { metadata } = quick
        if (!metadata) return nothingRead
        const { topics } = metadata
        const topicList = topics.map(({ name, id = '' }) => `${name} ${id}`).join()
        const readConfigs = async () => {
          const names = topics.map(({ name }) => name)
          const before = last ?? noSettings
          const state = last?.parts.get('configs')
          // Without a quorum nobody can change a setting, so an earlier reading is still valid, however old.
          if (state && lacksQuorum(quick) && names.every((name) => before.minInsyncReplicas.has(name))) {
            log.note('configs', state, [])
            return before
          }
          const read = await keptConfigs.read(log, topicList, {}, () =>
            readTopicSettings(reader, log, names)(deadline('configs'))
          )
          if (read && names.every((name) => read.minInsyncReplicas.has(name))) return read
          return joinSettings(before, read ?? noSettings)
        }
        const readLogDirs = () =>
          keptLogDirs.read(log, `${placesOf(quick)} ${topicList}`, { partial: !quick.views.every(isReachable) }, () =>
            log.read('logDirs', deadline('logDirs'), (limit) => reader.logDirs(limit))
          )
        const named = Promise.withResolvers<string[] | null>()
        const readGroups = () => {
          const groups = log.read('groups', deadline('groups'), (limit) =>
            reader.groups({ ...limit, onListed: named.resolve })
          )
          groups.then((read) => named.resolve(read?.map(({ group }) => group) ?? null), named.reject)
          return groups
        }
        const readOffsets = async () => {
          const names = await named.promise
          // The time of the offsets includes waiting for the commits, and so does their deadline.
          const endsAfter = names
            ? log.read('commits', deadline('commits'), (limit) => reader.committedOffsets(names, limit))
            : Promise.resolve(null)
          const [committed, offsets] = await Promise.all([
            endsAfter,
            log.read('offsets', deadline('commits') + deadline('offsets'), (limit) =>
              reader.offsets(topics, { ...limit, endsAfter })
            )
          ])
          const found = { committed: committed ?? [], offsets: offsets ?? [] }
          const undated = recordsToDate(found, history)
          const recordTimes =
            undated.length === 0
              ? []
              : await log.read('recordTimes', deadline('recordTimes'), (limit) =>
                  reader.recordTimes(undated, topics, limit)
                )
          return { ...found, recordTimes: recordTimes ?? [] }
        }
        const [configs, groups, offsets, disks] = await Promise.all([
          readConfigs(),
          readGroups(),
          readOffsets(),
          readLogDirs()
        ])
        return {
          minInsyncReplicas: configs.minInsyncReplicas,
          uncleanElection: configs.uncleanElection,
          groups,
          ...offsets,
          logDirs: disks?.dirs ?? [],
          replicaSizes: disks?.replicaSizes ?? []
        }
      }

      const [exporters, kafka] = await Promise.all([readJmx(), readKafka()])
      return {
        ...kafka,
        jmx: exporters,
        durationMs: clock.monotonicMs() - startedAt,
        parts: log.parts,
        problems: log.problems
      }
    }
  }
}

type LogDirs = Awaited<ReturnType<ClusterReader['logDirs']>>['value']

/** No node of the ensemble serves. A KRaft cluster's brokers know settings by themselves. */
function lacksQuorum({ zookeepers }: QuickReadings): boolean {
  return zookeepers.length > 0 && zookeepers.every((node) => !node.reachable || node.mode === null)
}

/** Live brokers, and those that have lost replicas: a failed log directory shows in the metadata. */
function placesOf({ views, metadata }: QuickReadings): string {
  const there = views.filter(isReachable).map(({ endpoint }) => endpointKey(endpoint))
  const offline = new Set<number>()
  for (const { partitions } of metadata?.topics ?? []) {
    for (const { offlineReplicas } of partitions) for (const id of offlineReplicas) offline.add(id)
  }
  return [...there, ...offline].join()
}

function isReachable({ reachable }: { reachable: boolean }): boolean {
  return reachable
}

/** Exporters are configured in the order of the configured brokers, which the first views are. */
function byBroker(views: readonly JmxView[], quick: QuickReadings): Map<number, JmxReading> {
  const found = new Map<number, JmxReading>()
  views.forEach((view, index) => {
    const id = idOf(index, quick)
    if (view.reachable && id !== undefined) found.set(id, view.reading)
  })
  return found
}

function silent(view: JmxView, index: number, quick: QuickReadings): Warning[] {
  if (view.reachable) return []
  const id = idOf(index, quick)
  const target = id === undefined ? formatEndpoint(view.endpoint) : brokerName(id)
  return [{ code: view.error.code, message: view.error.message, target }]
}

function idOf(index: number, { views, known }: QuickReadings): number | undefined {
  const view = views[index]
  if (!view) return undefined
  const key = endpointKey(view.endpoint)
  return Array.from(known.values()).find(({ endpoint }) => endpointKey(endpoint) === key)?.id
}
