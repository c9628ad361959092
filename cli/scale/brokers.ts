import { fewestBrokers, mostBrokers } from '#shared/cluster/scale/broker-count.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { carryOut, type DestroyOptions, destroy, type Forced } from '../change.ts'
import type { CommandContext } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { bytes, type Output, paint } from '../output.ts'
import { printMovement } from '../print/reassignments.ts'
import { table } from '../table.ts'
import { untilInterrupted } from '../watch.ts'
import { addBroker, planAddition } from './add-broker.ts'
import type { BrokerScalePlan } from './broker-plan.ts'
import { openOwnCluster } from './own-cluster.ts'
import { planRemoval, removeBroker } from './remove-broker.ts'

export interface BrokerOptions extends DestroyOptions, Forced {
  /** Bytes per second. */
  throttle: number
}

/**
 * Adds a broker to the cluster of this machine and fills it, or empties the last one and removes it. Each step is read from the
 * cluster before it is taken: a call after one that was interrupted, in whatever way, goes on where that one was.
 */
export async function scaleBrokers(context: CommandContext, target: number, options: BrokerOptions): Promise<void> {
  const cluster = await openOwnCluster(context)
  const now = cluster.definition.ports.kafka.length
  assertTarget(target, now)
  const isRemoval = target < now
  const id = isRemoval ? now : target
  await untilInterrupted(async (signal) => {
    const work = { context, cluster, id, options, signal }
    if (isRemoval) {
      await destroy(context, options, brokerName(id), {
        call: (dryRun) => (dryRun ? planRemoval(work) : removeBroker(work)),
        print: printScalePlan,
        notice: `${brokerName(id)} is emptied, stopped, and removed with its data.`
      })
    } else {
      await carryOut(context, options, {
        call: (dryRun) => (dryRun ? planAddition(work) : addBroker(work)),
        print: printScalePlan
      })
    }
  })
  if (process.exitCode !== exit.interrupted) return
  const how = `kops scale brokers ${target} continues, kops reassignments cancel stops them`
  context.output.error(`Interrupted. Moves that have begun go on: ${how}.`)
}

/** @throws KopsError validation_failed */
function assertTarget(target: number, now: number): void {
  const refuse = (message: string) => fieldError('validation_failed', 'count', message)
  if (target < fewestBrokers || target > mostBrokers) {
    throw refuse(
      `a cluster here has from ${fewestBrokers}, with which it is set up, to ${mostBrokers} brokers; got ${target}`
    )
  }
  if (Math.abs(target - now) > 1) {
    throw refuse(
      `this cluster has ${now} brokers, and they come and go one at a time, each with its moves; got ${target}`
    )
  }
}

export function printScalePlan(output: Output, plan: BrokerScalePlan): void {
  const { action, broker, applied, steps, movement, throttleBytesPerSec } = plan
  if (movement && movement.moves.length > 0 && !applied) printMovement(output, movement)
  const rows = steps.map(({ step, state, detail }) => [
    step,
    state === 'done' ? paint('green', 'done') : paint('yellow', state),
    detail
  ])
  output.print(table(['STEP', '', ''], rows))
  if (applied) {
    output.print(
      action === 'add-broker' ? `${broker} is part of the cluster, and has its share.` : `${broker} is removed.`
    )
  } else output.print(`Moves take ${bytes(throttleBytesPerSec)}/s of each broker at most.`)
}
