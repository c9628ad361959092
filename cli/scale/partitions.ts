import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ChangeOptions, carryOut, type Forced } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { counted } from '../output.ts'
import { printGrowth } from '../print/topic-changes.ts'
import { printAdvice } from '../print/topics.ts'

export interface PartitionOptions extends ChangeOptions, Forced {
  /** Of the largest group, for advice. */
  consumers?: number
  /** Megabytes per second, for advice. */
  targetMb?: number
}

/** `kops topics add-partitions` with what follows from it, and advice where its figures are given. */
export async function scalePartitions(
  context: CommandContext,
  topicName: string,
  partitions: number,
  options: PartitionOptions
): Promise<void> {
  const { consumers, targetMb, force, reason } = options
  const client = await clientFor(context)
  const advice =
    consumers === undefined && targetMb === undefined
      ? undefined
      : await client.call(endpoints.advisePartitions, {
          query: { consumers: consumers ?? 1, throughputMbPerSec: targetMb ?? 0 }
        })
  await carryOut(context, options, {
    call: async (dryRun) => {
      const asked = given({ partitions, force, reason, dryRun })
      const plan = await client.call(endpoints.addPartitions, { params: { topicName }, query: asked })
      return { ...plan, consumersAtMost: partitions, canBeUndone: false, ...given({ advice }) }
    },
    print(output, plan) {
      printGrowth(output, plan)
      output.print(
        `${counted(plan.consumersAtMost, 'consumer')} of a group can share it; Kafka cannot take partitions away again`
      )
      if (advice === undefined) return
      output.print('')
      printAdvice(output, advice)
    }
  })
}
