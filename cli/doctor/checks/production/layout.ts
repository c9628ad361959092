import { bytes, counted } from '../../../output.ts'
import { check, error, type Judgement, ok, problemsOr, unknown, warning } from '../../check.ts'
import type { TopicSettings } from '../../sources.ts'

const namedTopics = 5
/** A disk without so much room has none for the replicas of a lost broker. */
const freeShare = { warning: 0.25, error: 0.1 }

/** `a, b and 3 more`. */
function named(names: readonly string[]): string {
  const more = names.length - namedTopics
  return more > 0 ? `${names.slice(0, namedTopics).join(', ')} and ${more} more` : names.join(', ')
}

/** That some topics were not looked at, because there are so many. */
function leftOut({ left }: TopicSettings): Judgement[] {
  return left === 0
    ? []
    : [unknown(`the settings of ${counted(left, 'topic')} were not read`, 'kops topics config get')]
}

/** Names of topics with an override that is not as it should be. */
function topicsWith(
  { overrides }: TopicSettings,
  isWrong: (settings: Record<string, string | null>) => boolean
): string[] {
  return Object.entries(overrides).flatMap(([topic, settings]) => (isWrong(settings) ? [topic] : []))
}

/** How nodes, replicas and records are laid out. */
export const layoutChecks = [
  check('production.ensemble', ['health'], ({ health: { quorum, zookeepers } }) => {
    const [what, size] =
      quorum === null ? ['ZooKeeper nodes', zookeepers.length] : ['voters of the quorum', quorum.voters.length]
    if (size === 0) return unknown('neither ZooKeeper nodes nor a quorum could be read', 'kops health')
    return size >= 3 && size % 2 === 1
      ? ok(`${size} ${what}: an odd number, and one may fail`)
      : error(`${size} ${what}`, 'Use 3, 5 or 7: an even number bears no more failures than one less')
  }),

  check('production.racks', ['health'], ({ health: { brokers } }) => {
    const racks = new Set(brokers.map(({ rack }) => rack))
    const advice =
      'Set broker.rack to the zone that each broker is in; kops reassignments plan spreads replicas over racks'
    if (racks.has(null)) return error('not every broker has a rack', advice)
    return racks.size >= Math.min(3, brokers.length)
      ? ok(`${brokers.length} brokers in ${racks.size} racks: ${[...racks].join(', ')}`)
      : error(`${brokers.length} brokers in ${counted(racks.size, 'rack')}`, advice)
  }),

  check('production.hosts', ['health'], ({ health: { brokers } }) => {
    const hosts = new Set(brokers.map(({ host }) => host))
    return hosts.size === brokers.length
      ? ok(`${brokers.length} brokers on as many hosts`)
      : warning(
          `${brokers.length} brokers on ${counted(hosts.size, 'host')}`,
          'One machine that fails takes them all, whatever their racks say'
        )
  }),

  check('production.replication', ['topics'], ({ topics }) => {
    const few = topics.filter(({ replicationFactor }) => replicationFactor < 3).map(({ name }) => name)
    const advice = 'kops topics set-replication-factor, for what may not be lost'
    return problemsOr(
      few.length === 0 ? [] : [error(`fewer than 3 replicas: ${named(few)}`, advice)],
      `${counted(topics.length, 'topic')} with 3 replicas or more`
    )
  }),

  check('production.min-isr', ['topicSettings'], ({ topicSettings }) => {
    const low = topicsWith(topicSettings, (settings) => Number(settings['min.insync.replicas'] ?? 2) < 2)
    const problems =
      low.length === 0
        ? []
        : [error(`min.insync.replicas below 2: ${named(low)}`, 'kops topics config set TOPIC min.insync.replicas=2')]
    return problemsOr([...problems, ...leftOut(topicSettings)], 'no topic sets min.insync.replicas below 2')
  }),

  check('production.retention', ['brokerSettings', 'topicSettings'], ({ brokerSettings, topicSettings }) => {
    const forever = brokerSettings.filter(({ settings }) =>
      ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'].some((name) => settings[name] === '-1')
    )
    const kept = topicsWith(
      topicSettings,
      (settings) =>
        settings['retention.ms'] === '-1' &&
        (settings['retention.bytes'] ?? '-1') === '-1' &&
        !settings['cleanup.policy']?.includes('compact')
    )
    const problems = [
      ...forever.map(({ broker }) =>
        error(`${broker} keeps records forever by default`, 'Set log.retention.hours (168 is a week)')
      ),
      ...(kept.length === 0
        ? []
        : [warning(`records are kept forever: ${named(kept)}`, 'kops topics config set TOPIC retention.ms=604800000')]),
      ...leftOut(topicSettings)
    ]
    return problemsOr(problems, 'every topic has a retention, or is compacted')
  }),

  check('production.disk', ['health'], ({ health: { brokers } }) => {
    const unread = brokers.filter(
      ({ logDirs }) =>
        !logDirs?.length || logDirs.some(({ totalBytes, usableBytes }) => totalBytes === null || usableBytes === null)
    )
    const problems = brokers.flatMap(({ name, logDirs }) =>
      (logDirs ?? []).flatMap(({ dir, totalBytes, usableBytes }): Judgement[] => {
        if (totalBytes === null || usableBytes === null || usableBytes >= totalBytes * freeShare.warning) return []
        const judge = usableBytes < totalBytes * freeShare.error ? error : warning
        return [
          judge(
            `${name}: ${bytes(usableBytes)} of ${bytes(totalBytes)} are free for ${dir}`,
            'Lower the retention or add disk; when it is full: kops capacity'
          )
        ]
      })
    )
    const missing = unread.map(({ name }) => unknown(`${name} did not report its disk`, 'kops brokers list'))
    return problemsOr([...problems, ...missing], `at least ${freeShare.warning * 100} % of the brokers' disks are free`)
  })
]
