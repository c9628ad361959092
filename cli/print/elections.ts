import type { ElectionResult } from '#shared/contracts/elections.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { counted, type Output, paint, table } from '../output.ts'

/** A plan of elections, or its outcome; for an unclean one also its cost. */
export function printElections(output: Output, { kind, partitions, alreadyPreferred, dryRun }: ElectionResult): void {
  const leader = (id: number | null) => (id === null ? 'none' : brokerName(id))
  const rows = partitions.map(({ topic, partition, from, to, outcome, detail }) => [
    topic,
    String(partition),
    leader(from),
    leader(to),
    outcome === 'failed' || outcome === 'not_possible' ? paint('red', outcome.replace('_', ' ')) : outcome,
    detail ?? ''
  ])
  if (rows.length > 0) output.print(`${table(['TOPIC', 'PARTITION', 'LEADER', 'THEN', 'OUTCOME', ''], rows)}\n`)
  for (const { topic, partition, outcome, loss } of partitions) {
    if (!loss || outcome === 'failed') continue
    const count = loss.atLeast === null ? 'an unknown number of records' : `at least ${counted(loss.atLeast, 'record')}`
    const verb = outcome === 'planned' ? (dryRun ? 'would lose' : 'loses') : 'has lost'
    output.print(`${paint('red', `${topic}-${partition} ${verb} ${count}`)}: ${loss.detail}`)
  }
  if (alreadyPreferred === 0) return
  const by = kind === 'preferred' ? 'already led by the preferred replica' : 'led by a replica: nothing to do'
  output.print(`${counted(alreadyPreferred, 'partition')} ${alreadyPreferred === 1 ? 'is' : 'are'} ${by}`)
}
