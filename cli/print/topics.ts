import type { Answer } from '#shared/contracts/endpoint.ts'
import type { endpoints } from '#shared/contracts/endpoints.ts'
import type { Partition, TopicDetail, TopicPlan, TopicSummary } from '#shared/contracts/topics.ts'
import { printTable } from '../answer.ts'
import { bytes, counted, type Output, paint, table } from '../output.ts'

/** Partitions of a topic in trouble; null if unknown. */
interface Troubles {
  offline: number
  underMinIsr: number | null
  underReplicated: number
}

const troublesHead = ['OFFLINE', 'UNDER-MIN', 'UNDER-REPL']
export const topicsHead = ['TOPIC', 'PARTITIONS', 'REPLICAS', ...troublesHead, 'SIZE']
export const troubledHead = ['TOPIC', 'PARTITIONS', ...troublesHead, 'SIZE']

export function topicRow(topic: TopicSummary & Troubles): string[] {
  const { name, partitions, replicationFactor, sizeBytes } = topic
  return [name, String(partitions), String(replicationFactor), ...troubles(topic), bytes(sizeBytes)]
}

export function troubledRow(
  topic: Troubles & { name: string; partitions: number; sizeBytes: number | null }
): string[] {
  return [topic.name, String(topic.partitions), ...troubles(topic), bytes(topic.sizeBytes)]
}

function troubles({ offline, underMinIsr, underReplicated }: Troubles): string[] {
  const bad = (count: number) => (count === 0 ? '0' : paint('red', String(count)))
  const thin = underReplicated === 0 ? '0' : paint('yellow', String(underReplicated))
  return [bad(offline), underMinIsr === null ? '?' : bad(underMinIsr), thin]
}

export function printDetail(output: Output, topic: TopicDetail): void {
  const { name, partitions, replicationFactor, sizeBytes } = topic
  const kind = topic.internal ? ", one of Kafka's own" : ''
  output.print(
    `${paint('bold', name)}: ${counted(partitions.length, 'partition')}, replication factor ${replicationFactor}, ${sizeBytes === null ? 'size unknown (a broker is missing)' : bytes(sizeBytes)}${kind}`
  )
  output.print('')
  output.print(table(['PARTITION', 'LEADER', 'REPLICAS', 'ISR', 'START', 'END', 'SIZE'], partitions.map(partitionRow)))
  const set = (topic.configs ?? []).filter(({ source }) => source === 'dynamic_topic')
  if (set.length === 0) return
  output.print('')
  printTable(
    output,
    ['CONFIGURATION', 'VALUE'],
    set.map(({ name, value }) => [name, value ?? '(hidden)']),
    ''
  )
}

function partitionRow(partition: Partition): string[] {
  const { leader, replicas, isr, logStartOffset, logEndOffset, offsetsReason, sizeBytes } = partition
  const inSync = isr.join(',')
  return [
    String(partition.partition),
    leader === null ? paint('red', 'none') : String(leader),
    replicas.join(','),
    isr.length < replicas.length ? paint('red', inSync || 'none') : inSync,
    logStartOffset === null ? `(${offsetsReason ?? 'unknown'})` : String(logStartOffset),
    logEndOffset === null ? '-' : String(logEndOffset),
    bytes(sizeBytes)
  ]
}

export function printCreation(output: Output, plan: TopicPlan): void {
  const { topic, applied, dryRun, waitingFor, assignment } = plan
  const verb = dryRun ? 'would create' : applied ? 'created' : 'did not create'
  output.print(
    `${verb} ${topic.name}: ${counted(topic.partitions, 'partition')}, replication factor ${topic.replicationFactor}`
  )
  for (const [name, value] of Object.entries(topic.configs ?? {})) output.print(`  ${name}=${value}`)
  for (const [partition, replicas] of (assignment ?? []).entries()) {
    output.print(`  partition ${partition} on ${replicas.join(',')}`)
  }
  tellWaiting(output, waitingFor)
}

/** The change is done, but has not reached every broker. */
export function tellWaiting(output: Output, waitingFor: string[] | undefined): void {
  for (const each of waitingFor ?? []) output.print(paint('yellow', `  not yet everywhere: ${each}`))
}

export function printAdvice(output: Output, advice: Answer<typeof endpoints.advisePartitions>): void {
  const { partitions, evenlyShared, needs, replicationFactor, configs, reasons } = advice
  const shared = evenlyShared === partitions ? '' : `; ${evenlyShared} would share evenly`
  output.print(`${paint('bold', counted(partitions, 'partition'))}${shared}`)
  output.print('')
  output.print(
    table(
      ['NEED', 'PARTITIONS', 'REASON'],
      needs.map((need) => [need.what, String(need.partitions), need.reason])
    )
  )
  if (reasons.length > 0) output.print('')
  for (const reason of reasons) output.print(`- ${reason}`)
  output.print('')
  output.print(`${paint('bold', 'In production')}: replication factor ${replicationFactor}, and`)
  output.print('')
  output.print(
    table(
      ['SETTING', 'VALUE', 'REASON'],
      configs.map(({ name, value, reason }) => [name, value, reason])
    )
  )
}
