import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { PartLog } from './part-log.ts'
import type { ClusterReadings } from './readings.ts'

const minInsyncReplicas = 'min.insync.replicas'
const uncleanElection = 'unclean.leader.election.enable'

/** Settings of topics that decide what a failure does to them. */
export type TopicSettings = Pick<ClusterReadings, 'minInsyncReplicas' | 'uncleanElection'>

/** Reads the settings of topics, as the part `configs`; null if it failed entirely. */
export function readTopicSettings(
  reader: Pick<ClusterReader, 'topicConfigs'>,
  log: PartLog,
  topics: string[]
): (deadlineMs: number) => Promise<TopicSettings | null> {
  return async (deadlineMs) => {
    const entries = await log.read('configs', deadlineMs, (deadline) =>
      reader.topicConfigs(topics, { ...deadline, names: [minInsyncReplicas, uncleanElection] })
    )
    if (!entries) return null
    const settings = { minInsyncReplicas: new Map<string, number>(), uncleanElection: new Set<string>() }
    for (const [topic, found] of entries) {
      const settingOf = (setting: string) => found.find(({ name }) => name === setting)?.value
      const least = Number(settingOf(minInsyncReplicas) ?? Number.NaN)
      if (Number.isInteger(least)) settings.minInsyncReplicas.set(topic, least)
      if (settingOf(uncleanElection) === 'true') settings.uncleanElection.add(topic)
    }
    return settings
  }
}

export const noSettings: TopicSettings = { minInsyncReplicas: new Map(), uncleanElection: new Set() }

/** The younger settings where there are any. */
export function joinSettings(before: TopicSettings, read: TopicSettings): TopicSettings {
  const kept = Array.from(before.uncleanElection).filter((topic) => !read.minInsyncReplicas.has(topic))
  return {
    minInsyncReplicas: new Map([...before.minInsyncReplicas, ...read.minInsyncReplicas]),
    uncleanElection: new Set([...kept, ...read.uncleanElection])
  }
}
