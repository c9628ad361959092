import type { Clock } from '#shared/clock.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { fieldError, isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { GroupAdmin } from '#shared/kafka/groups/port.ts'
import { retry } from '#shared/poll.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'

export interface RunGroupsOptions {
  groups: Pick<GroupAdmin, 'describe' | 'deleteGroup'>
  /**
   * Rejects while a group must not be joined: the first one of a cluster makes a broker create the topic of the offsets, and wait for
   * the metadata quorum. @throws KopsError metadata_unavailable, cluster_unreachable
   */
  admitGroups: () => Promise<void>
  clock: Clock
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

/** The consumer groups that runs make and use. */
export interface RunGroups {
  /**
   * Refuses groups that are somebody else's. One with members would lose partitions to the run, and one with commits has them
   * moved; those that load tests have left say whose they are.
   * @throws KopsError group_active, validation_failed (not confirmed), coordinator_unavailable, cluster_unreachable,
   * metadata_unavailable
   */
  assertFree(workload: Pick<ResolvedWorkload, 'consumers'>): Promise<void>
  /** Deletes temporary groups. What cannot be deleted, Kafka forgets after offsets.retention.minutes. */
  giveBack(run: { id: string; workload?: Pick<Workload, 'consumers'> | undefined }): Promise<void>
}

/** What is stored with every commit of a load test's group. */
export const commitMark = 'kops load test'

const deadlineMs = 5000
/** Members that died with the service are in their group until their session is over. */
const sessionsMs = 20_000
const pauseMs = 500

/** The names of a run's groups, in their order. */
export function groupNames(id: string, consumers: readonly { group?: string | undefined }[]): string[] {
  return consumers.map(({ group }, nth) => group ?? `kops-load-${id}-${nth + 1}`)
}

export function createRunGroups({ groups, admitGroups, clock, onProblem }: RunGroupsOptions): RunGroups {
  async function assertOwn(group: string, confirm: string | undefined, field: string): Promise<void> {
    const reading = await groups.describe(group, { deadlineMs }).catch((error: unknown) => {
      if (isKopsError(error, 'group_not_found')) return undefined
      throw error
    })
    if (!reading) return
    const { members, commits } = reading.value
    const unknown = reading.warnings.find(({ target }) => target === group)
    if (members === null || unknown) {
      throw new KopsError('coordinator_unavailable', unknown?.message ?? `The members of ${group} are not known`)
    }
    if (members.length > 0) {
      throw fieldError(
        'group_active',
        `${field}.group`,
        `${group} has ${members.length} members, from which the run would take partitions: stop them, or name another group`
      )
    }
    const isForeign = commits.some(({ metadata }) => metadata !== commitMark)
    if (isForeign && confirm !== group) {
      const why = 'the group has commits that are not those of a load test, and the run moves them'
      throw fieldError('validation_failed', `${field}.confirm`, `must be ${group}, because ${why}`)
    }
  }

  async function drop(group: string): Promise<void> {
    const mayPass = (error: unknown) =>
      isKopsError(error, 'group_active') || isKopsError(error, 'coordinator_unavailable')
    try {
      await retry(() => groups.deleteGroup(group, { deadlineMs }), mayPass, { timeoutMs: sessionsMs, pauseMs, clock })
    } catch (error) {
      if (!isKopsError(error, 'group_not_found')) onProblem(error, `could not delete consumer group ${group}`)
    }
  }

  return {
    async assertFree({ consumers }) {
      if (consumers.length > 0) await admitGroups()
      for (const [nth, { group, confirm }] of consumers.entries()) {
        if (group !== undefined) await assertOwn(group, confirm, `consumers.${nth}`)
      }
    },
    async giveBack({ id, workload }) {
      const consumers = workload?.consumers ?? []
      const names = groupNames(id, consumers).filter((_, nth) => consumers[nth]?.group === undefined)
      await Promise.all(names.map(drop))
    }
  }
}
