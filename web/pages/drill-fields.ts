import type { DrillConsumers } from '#shared/contracts/drill-consumers.ts'
import type { AbortWhen, DrillProducers, StartDrill } from '#shared/contracts/drill-request.ts'
import type { DrillTransaction } from '#shared/contracts/drill-transaction.ts'
import type { DrillKindInfo } from '#shared/contracts/drills.ts'

/** Values of a field by what they mean; each list has all that the contract knows. */
type Choices<T> = Record<NonNullable<T> & string, string>

interface Common {
  /** Its place in a request: `producers.acks`. */
  name: string
  label: string
  hint?: string
}

/** A field of the form, and how its text becomes a part of the request. */
export type DrillField = Common &
  (
    | { input: 'text' | 'number' | 'yes-no' }
    /** As JSON. */
    | { input: 'workload' }
    /** Typed in a unit of people: the request has `times` as many. */
    | { input: 'scaled'; times: number }
    | { input: 'choice' | 'choices'; choices: Record<string, string> }
  )

export interface FieldSection {
  title: string
  /** Folded until somebody wants it. */
  folded?: true
  fields: readonly DrillField[]
}

const parties: Choices<NonNullable<StartDrill['from']>[number]> = {
  brokers: 'the other brokers',
  metadata: 'ZooKeeper or the controllers',
  clients: 'clients'
}
const directions: Choices<StartDrill['direction']> = {
  both: 'both ways',
  incoming: 'what it would receive',
  outgoing: 'what it sends'
}
const ends: Choices<DrillTransaction['end']> = { commit: 'commit', abort: 'abort' }
const acks: Choices<DrillProducers['acks']> = { all: 'all in-sync replicas', leader: 'the leader alone' }
const protocols: Choices<DrillConsumers['protocol']> = { classic: 'classic', consumer: 'consumer (KIP-848)' }
const commits: Choices<DrillConsumers['commit']> = { processed: 'after each batch', interval: 'every second' }
const statuses: Choices<AbortWhen['health']> = { DEGRADED: 'DEGRADED or worse', DOWN: 'DOWN' }

/** Of the fault: which of these a kind takes, the service says. */
const faultFields: readonly DrillField[] = [
  { name: 'partition.topic', label: 'Topic of the partition', input: 'text' },
  { name: 'partition.partition', label: 'Partition, whose leader dies', input: 'number' },
  { name: 'group', label: 'Group, whose coordinator dies', input: 'text' },
  { name: 'from', label: 'Cut off from', input: 'choices', choices: parties },
  { name: 'direction', label: 'Packets that are lost', input: 'choice', choices: directions },
  { name: 'slow.delayMs', label: 'Delay, milliseconds each way', input: 'number' },
  { name: 'slow.lossPercent', label: 'Packets lost, per cent', input: 'number' },
  { name: 'slow.bytesPerSecond', label: 'At most, bytes per second', input: 'number' },
  { name: 'transaction.end', label: 'How the transaction ends', input: 'choice', choices: ends },
  { name: 'transaction.timeoutMs', label: 'Its timeout, seconds', input: 'scaled', times: 1000 }
]

const always: readonly FieldSection[] = [
  {
    title: 'Writers',
    folded: true,
    fields: [
      { name: 'producers.acks', label: 'Acknowledged by', input: 'choice', choices: acks },
      { name: 'producers.recordsPerSecond', label: 'Records per second', input: 'number', hint: '300' },
      { name: 'producers.idempotence', label: 'Idempotent', input: 'yes-no' },
      { name: 'producers.transactions', label: 'In transactions', input: 'yes-no' },
      {
        name: 'topic',
        label: 'Into an existing topic',
        input: 'text',
        hint: 'one of its own, which it deletes'
      },
      { name: 'confirmTopic', label: 'Its name again: its consumers get these records', input: 'text' }
    ]
  },
  {
    title: 'Consumers and load',
    folded: true,
    fields: [
      { name: 'consumers', label: 'With a consumer group of its own', input: 'yes-no' },
      { name: 'consumers.members', label: 'Members', input: 'number', hint: '3' },
      { name: 'consumers.protocol', label: 'Protocol', input: 'choice', choices: protocols },
      {
        name: 'consumers.sessionTimeoutMs',
        label: 'Session timeout, seconds',
        input: 'scaled',
        times: 1000,
        hint: '10'
      },
      { name: 'consumers.staticMembership', label: 'Static membership', input: 'yes-no' },
      { name: 'consumers.commit', label: 'Commits', input: 'choice', choices: commits },
      { name: 'load', label: 'A load test beside it', input: 'workload' }
    ]
  },
  {
    title: 'End it early, or let it wait',
    folded: true,
    fields: [
      { name: 'abortWhen.offlinePartitions', label: 'End it if more partitions have no leader', input: 'number' },
      {
        name: 'abortWhen.failedShare',
        label: 'End it if more writes are refused, per cent',
        input: 'scaled',
        times: 0.01
      },
      { name: 'abortWhen.health', label: 'End it if health is', input: 'choice', choices: statuses },
      { name: 'abortWhen.promql', label: 'End it if this PromQL query has a result', input: 'text' },
      { name: 'queueMs', label: 'Wait for its turn, minutes at most', input: 'scaled', times: 60_000 }
    ]
  },
  {
    title: 'Override guards',
    folded: true,
    fields: [
      { name: 'clusterId', label: 'Id of this cluster', input: 'text' },
      { name: 'force.reason', label: 'Reason, for the record and the audit trail', input: 'text' }
    ]
  }
]

const duration: DrillField = {
  name: 'faultDurationMs',
  label: 'The fault lasts, seconds',
  input: 'scaled',
  times: 1000,
  hint: 'as the kind needs'
}

/** The fields of a form for a kind, as the service describes it; its node is picked on the map. */
export function sectionsFor({ requires, takes }: Pick<DrillKindInfo, 'requires' | 'takes'>): FieldSection[] {
  const known = [...requires, ...takes]
  const ofKind = faultFields.filter(({ name }) => known.includes(name.split('.')[0] ?? ''))
  return [{ title: 'Fault', fields: [...ofKind, duration] }, ...always]
}
