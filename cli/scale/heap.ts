import { totalmem } from 'node:os'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import { type ChangeOptions, carryOut, type Forced } from '../change.ts'
import { assertSafe } from '../commands/cluster-restart.ts'
import { askOf, restartOf } from '../commands/what-if.ts'
import type { CommandContext } from '../context.ts'
import { bytes, type Output, UsageError } from '../output.ts'
import { untilInterrupted } from '../watch.ts'
import { type HeapPlan, planHeap } from './heap-plan.ts'
import { type OwnCluster, openOwnCluster, statusWithoutFaults } from './own-cluster.ts'

export interface HeapOptions extends ChangeOptions, Forced {
  /** How long to wait before each restart until it is safe, milliseconds. */
  wait: number
}

const pauseMs = 2000

/**
 * Gives the brokers of this machine another heap: in the definition, and by restarting one after the other, each only when
 * health-service says that it may. A call after an interrupted one restarts those that are left.
 */
export async function scaleHeap(context: CommandContext, heap: string, options: HeapOptions): Promise<void> {
  const { force = false, reason } = options
  if (force && reason === undefined) throw new UsageError('--force needs --reason')
  const cluster = await openOwnCluster(context)
  await untilInterrupted((signal) =>
    carryOut(context, options, {
      call: async (dryRun) => {
        const plan = await readPlan(cluster, heap)
        if (dryRun) return { ...plan, dryRun, applied: false }
        for (const objection of plan.memory.objections) {
          if (!force)
            throw new KopsError('validation_failed', `${objection}. --force with --reason does it all the same`)
          context.output.error(`warning: ${objection}`)
        }
        await restartAll(context.output, cluster, plan, { force, wait: options.wait, signal })
        return { ...plan, dryRun, applied: true }
      },
      print: printHeapPlan
    })
  )
}

async function readPlan({ definition, client }: OwnCluster, after: string) {
  const [status, { controllerId }] = await Promise.all([
    statusWithoutFaults(definition),
    client.call(endpoints.listBrokers, {})
  ])
  const { broker: before, zookeeper } = definition.heap
  const controller = controllerId === null ? null : brokerName(controllerId)
  return planHeap({ before, after, zookeeper, controller }, status, totalmem())
}

async function restartAll(
  output: Output,
  { definition, client, stackOf, progress }: OwnCluster,
  { heap, restarts }: Pick<HeapPlan, 'heap' | 'restarts'>,
  { force, wait, signal }: { force: boolean; wait: number; signal: AbortSignal }
): Promise<void> {
  const changed = { ...definition, heap: { ...definition.heap, broker: heap.after } }
  const stack = await stackOf(changed)
  await stack.keepDefinition()
  for (const broker of restarts) {
    const ask = () => restartOf(askOf(client), broker)
    // The one before has to be back in sync everywhere.
    const isSafe = async () => (await ask().catch(() => undefined))?.restart.safe === true
    await poll(isSafe, Boolean, { timeoutMs: wait, pauseMs, signal })
    await assertSafe(output, broker, force, ask)
    await stack.restartBroker(broker, progress)
  }
}

function printHeapPlan(output: Output, { dryRun, heap, restarts, memory }: HeapPlan): void {
  const now = heap.before === heap.after ? heap.after : `${heap.after} instead of ${heap.before}`
  output.print(
    `${dryRun ? 'Brokers would have' : 'Brokers have'} a heap of ${now}: ${bytes(memory.heapsBytes)} of ${bytes(memory.totalBytes)} memory for all nodes`
  )
  const named = restarts.join(', ')
  output.print(
    restarts.length === 0
      ? 'No broker runs with another one.'
      : `${dryRun ? 'would restart' : 'restarted'}, one after the other: ${named}`
  )
  if (dryRun) for (const objection of memory.objections) output.print(`refused unless --force: ${objection}`)
}
