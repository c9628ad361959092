import { randomUUID } from 'node:crypto'
import type { GroupAdmin } from '#shared/kafka/groups/port.ts'
import type { Effect, StageWindow } from '../effect.ts'
import { type FaultSource, faultSource } from '../fault-sources.ts'
import type { CreateParticipant, Participant } from '../participants.ts'
import { createDrillGroup, type DrillGroup } from './group.ts'
import { goneAtMs, type MembersWindow, membersEvidence } from './members-evidence.ts'
import type { MemberEngine } from './port.ts'
import { groupSettings } from './settings.ts'

export interface ConsumersOptions {
  engine: MemberEngine
  groups: Pick<GroupAdmin, 'describe' | 'deleteGroup'>
}

interface Consumers extends Participant {
  readonly group: DrillGroup
}

/** A drill's consumer group, of drills that ask for one. */
export function consumersOf({ engine, groups }: ConsumersOptions): CreateParticipant {
  return ({ parts: { clock }, plan, writers, onEvent }): Consumers | undefined => {
    const { consumers } = plan
    if (consumers === undefined) return undefined
    const settings = groupSettings(consumers)
    const { name: topic, partitions, isShared } = plan.topic
    const name = `kops-drill-${plan.id}`
    const group = createDrillGroup({
      ...{ engine, groups, clock, settings, group: name, topic, partitions },
      // What was in a topic of others before is not the drill's.
      begins: isShared ? 'latest' : 'earliest'
    })
    return {
      name: 'consumers',
      group,
      async start() {
        group.start()
      },
      async steady(signal) {
        await group.steady(writers.workload.written, signal)
        onEvent('group-ready', `${settings.members} member(s) of ${name} share ${partitions} partitions`)
      },
      async stop(timeoutMs, signal) {
        await group.stop(writers.workload.written, timeoutMs, signal)
        signal.throwIfAborted()
        onEvent('group-left', name)
      },
      abandon: group.abandon,
      report(times) {
        const { written, endedAtMs } = writers.workload
        const result = group.result({ ...times, written, writtenUntilMs: endedAtMs })
        return { record: { consumers: [result.group] }, findings: result.findings }
      },
      faults: memberFaults(group)
    }
  }
}

/** Breaks members of a group. They end with this process, so that no fault outlasts it. */
function memberFaults(group: DrillGroup): FaultSource {
  return faultSource('members', ({ kind, members }) => {
    const lost = group.lose(kind === 'replace' ? 'leave' : kind, members)
    const placed = kind === 'replace' ? lost.then(group.restore) : lost
    return { id: randomUUID(), placed, lost: new AbortController().signal, heal: async () => group.restore() }
  })
}

/** Members no longer take part in their group, for any reason. */
export const memberGone: Effect = {
  shownAs: 'member-gone',
  shownAt: (window) => inGroup(window, goneAtMs),
  unshown: () => 'the members go on',
  movesLeaders: false,
  recoveredAs: ['group-whole', 'group-not-whole'],
  evidence: (window) =>
    inGroup(window, membersEvidence) ?? { confirmed: false, detail: 'the drill had no consumer group' },
  recovered: ({ participants, healedAtMs }) => healedAtMs !== null && (groupOf(participants)?.isWhole() ?? false)
}

function inGroup<T>(window: StageWindow, look: (window: MembersWindow) => T): T | undefined {
  const group = groupOf(window.participants)
  if (!group) return undefined
  const { reports, sightings, broken, settings } = group
  const { injectedAtMs, healedAtMs } = window
  const { staticMembership } = settings
  return look({ reports, sightings, broken, staticMembership, injectedAtMs, healedAtMs })
}

function groupOf(participants: readonly Participant[]): DrillGroup | undefined {
  const consumers = participants.find((each): each is Consumers => each.name === 'consumers')
  return consumers?.group
}
