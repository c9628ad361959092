import type { Warning } from '../../contracts/common.ts'
import type { Brokers } from '../connection/brokers.ts'
import { topicAuthorizationFailed } from '../connection/errors.ts'
import { askAny } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'

/** Rights change seldom; whether they do is seen after this time at the latest. */
const validMs = 60_000
/** A topic and a group that nobody has. Kafka refuses to say so to someone who may not describe them. */
const nobodys = 'kops-asks-whether-it-may-describe-this'
const groupAuthorizationFailed = 30

/**
 * What is missing from lists without a word: Kafka leaves out the topics and groups that the caller may not describe. Asking
 * for one that does not exist shows whether there may be such. Without an authorizer there are none.
 */
export interface BlindSpots {
  /** One warning, or none. Never rejects: whatever cannot be asked now was known before, or is asked again. */
  topics(signal: AbortSignal): Promise<Warning[]>
  groups(signal: AbortSignal): Promise<Warning[]>
}

export function createBlindSpots(brokers: Brokers): BlindSpots {
  const kept = new Map<string, { warnings: Warning[]; atMs: number }>()

  async function check(
    target: string,
    message: string,
    ask: (link: BrokerLink) => Promise<boolean>,
    signal: AbortSignal
  ) {
    const last = kept.get(target)
    if (last && performance.now() - last.atMs < validMs) return last.warnings
    try {
      const isBlind = await askAny(await brokers.links(signal), ask)
      const warnings: Warning[] = isBlind ? [{ code: 'kafka_not_authorized', message, target }] : []
      kept.set(target, { warnings, atMs: performance.now() })
      return warnings
    } catch {
      return last?.warnings ?? []
    }
  }

  return {
    topics: (signal) =>
      check(
        'topics',
        'Topics may be missing, with their partitions and lag: kops lacks Describe on all topics in Kafka',
        async (link) => {
          const { topics } = await link.request(spoken.metadata, [[nobodys], false], signal)
          return topics.some(({ errorCode }) => errorCode === topicAuthorizationFailed)
        },
        signal
      ),
    groups: (signal) =>
      check(
        'groups',
        'Consumer groups may be missing, with their lag: kops lacks Describe on all groups in Kafka',
        async (link) => {
          const [answer] = (await link.request(spoken.describeGroups, [[nobodys], false], signal)).groups
          return answer?.errorCode === groupAuthorizationFailed
        },
        signal
      )
  }
}
