import type { Warning } from '#shared/contracts/common.ts'
import { fieldError, type KopsError } from '#shared/errors/catalog.ts'

/** Partitions that a request adds, as a new topic or to an existing one. */
export interface Addition {
  topic: string
  /** The field of the request that asks for them. */
  field: string
  partitions: number
  replicationFactor: number
  /** They are added to a topic that exists. */
  grows?: true
}

/** So many partitions may be added to a topic without a reason: Kafka cannot remove them, and keys move. */
const mostGrowth = 100

/**
 * So many replicas may be created by one request without a reason: 1,000 partitions with three replicas, which is about what a
 * controller creates within the time that a client waits. Brokers create files and fetchers for each replica.
 */
const mostReplicasUnconfirmed = 3000

/**
 * Guards against very many partitions, before Kafka sees the request: even validating them costs a controller much.
 * @param most replicas that one request may create for whatever reason
 * @returns what would refuse the request unless it is forced, for its plan
 * @throws KopsError partitions_invalid above `most`; growth_unconfirmed for a request that is neither forced nor a dry run
 */
export function checkAdditions(
  additions: Addition[],
  most: number,
  { dryRun, force = false }: { dryRun: boolean; force?: boolean }
): Warning[] {
  const replicas = additions.reduce((sum, addition) => sum + replicasOf(addition), 0)
  const asked = `This creates ${counted(replicas)} partition replicas in one request`
  if (replicas > most) {
    const { field } = passing(additions, most)
    throw fieldError('partitions_invalid', field, `${asked}; the most is ${counted(most)} (KOPS_CREATE_REPLICAS_MAX)`)
  }
  if (force) return []
  const objections = additions.filter(({ grows, partitions }) => grows && partitions > mostGrowth).map(growth)
  if (replicas > mostReplicasUnconfirmed) {
    const { field, topic } = passing(additions, mostReplicasUnconfirmed)
    const message = `${asked}, which keeps the brokers busy; more than ${counted(mostReplicasUnconfirmed)} need force and a reason`
    objections.push({ topic, error: fieldError('growth_unconfirmed', field, message) })
  }
  const [first] = objections
  if (first !== undefined && !dryRun) throw first.error
  return objections.map(({ topic, error }) => ({ code: error.code, message: error.message, target: topic }))
}

function growth({ topic, field, partitions }: Addition): { topic: string; error: KopsError } {
  const message = `This adds ${partitions} partitions to ${topic}, which cannot be undone and keeps the brokers busy; more than ${mostGrowth} at once need force and a reason`
  return { topic, error: fieldError('growth_unconfirmed', field, message) }
}

/** The addition with which their replicas pass a limit. */
function passing(additions: Addition[], limit: number): { field: string; topic: string } {
  let replicas = 0
  const found = additions.find((addition) => {
    replicas += replicasOf(addition)
    return replicas > limit
  })
  return found ?? { field: 'topics', topic: '' }
}

function replicasOf({ partitions, replicationFactor }: Addition): number {
  return partitions * replicationFactor
}

function counted(count: number): string {
  return count.toLocaleString('en')
}
