import type { GuardResult } from '#shared/contracts/guard-result.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerMetadata } from '#shared/kafka/model.ts'
import { type Cluster, guardsOfBrokers, guardsOfHealth } from './broker-guards.ts'
import type { GuardInput, GuardRow } from './guard-row.ts'
import { guards as rows } from './guard-rows.ts'
import { findTarget } from './targets.ts'

/** The names of all guards, and whether a reason overrides them. */
export const guardNames = rows.map(({ name, canForce }) => ({ name, canForce }))

/**
 * Looks at all preconditions of a drill: it must start on a healthy cluster, or its fault could cause an outage and its
 * measurements include another recovery. Pure.
 * @returns refusal: that of the first guard that did not pass and is not overridden, with all of them as its `guards`
 */
export function judgeGuards(input: GuardInput): { guards: GuardResult[]; refusal: KopsError | undefined } {
  const judged = rows.map((row) => {
    const look = row.look(input)
    const canForce = !look.passed && row.canForce
    const force = canForce && (input.request.force === undefined ? { canForce } : { forced: true })
    return { row, look, result: { name: row.name, ...look, ...force } }
  })
  const guards = judged.map(({ result }) => result)
  const first = judged.find(({ result }) => !result.passed && !('forced' in result))
  if (!first) return { guards, refusal: undefined }
  const { code, message, errors, retryAfterSeconds } = first.row.refuse(input, first.look)
  const refusal = new KopsError(code, message, {
    guards,
    ...(errors && { errors }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
  })
  return { guards, refusal }
}

/**
 * Refuses to stop a broker now. Pure.
 * @returns the broker that runs on the node
 * @throws KopsError node_not_found, validation_failed, node_state_conflict, fault_conflict; cluster_unhealthy, which is retriable,
 * while brokers are down or replicas are catching up
 */
export function admitStop(
  node: string,
  input: Pick<GuardInput, 'status' | 'metadata' | 'views' | 'now'>
): BrokerMetadata {
  const request = { kind: 'broker-stop', node } as const
  const target = findTarget('broker', request, { ...input, controllerId: null, id: '' })
  assertEach(guardsOfBrokers, { ...input, target })
  const [broker] = target.brokers
  if (!broker) throw new KopsError('node_state_conflict', `${node} is not a broker of this cluster`)
  return broker
}

/** @throws KopsError cluster_unhealthy, which is retriable, while brokers are down or replicas are catching up */
export function assertWhole(cluster: Cluster): void {
  assertEach(guardsOfHealth, cluster)
}

function assertEach<Input>(rows: readonly GuardRow<Input>[], input: Input): void {
  for (const row of rows) {
    const look = row.look(input)
    if (!look.passed) throw row.refuse(input, look)
  }
}
