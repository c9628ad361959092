import { KopsError } from '#shared/errors/catalog.ts'

/** The settings that a broker takes over while it runs, and that each thread pool has. */
export const threadSettings = { network: 'num.network.threads', io: 'num.io.threads' } as const

/**
 * The values of a thread pool on the way to a target. A broker takes at most twice as many threads as it has, and at least half
 * of them, in one step (Kafka's DynamicThreadPool.validateReconfiguration; half is rounded down), and one that refuses keeps
 * what it has. Each step must therefore suit every broker.
 * @param current the threads that each broker has now, at least 1
 * @returns the target as the last one; empty if every broker has it
 * @throws KopsError broker_config_invalid if brokers differ so much that no value suits all of them
 */
export function threadSteps(current: readonly number[], target: number): number[] {
  const steps: number[] = []
  let least = Math.min(...current)
  let most = Math.max(...current)
  while (least !== target || most !== target) {
    const lowest = Math.max(1, Math.floor(most / 2))
    const highest = least * 2
    if (lowest > highest) {
      throw new KopsError(
        'broker_config_invalid',
        `Brokers have from ${least} to ${most} threads: no step suits all of them. Set them broker by broker (kops brokers config set)`
      )
    }
    const next = Math.min(highest, Math.max(lowest, target))
    steps.push(next)
    least = next
    most = next
  }
  return steps
}
