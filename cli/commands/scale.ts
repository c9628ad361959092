import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../context.ts'
import { hasEffect } from '../effects.ts'
import { amount, byteRate, changes, destroys, examples, forces, reads, timeOption, wholeNumber } from '../options.ts'
import type { BrokerOptions } from '../scale/brokers.ts'
import type { ConsumerOptions } from '../scale/consumers.ts'
import type { HeapOptions } from '../scale/heap.ts'
import type { PartitionOptions } from '../scale/partitions.ts'
import type { ThreadOptions } from '../scale/threads.ts'

/** Half of what a disk of the cheapest kind writes: moves leave the rest to producers and consumers. */
const usualThrottle = 50_000_000

/** `kops scale …`: each loads what it does when it is called. */
export function addScaleCommands(scale: Command, context: CommandContext): void {
  examples(
    scale,
    'scale partitions log-events 24 --consumers 12 --target-mb 80 --dry-run',
    'scale brokers 4 --throttle 20MB',
    'scale consumers log-indexer',
    'scale heap 2g --dry-run',
    'scale threads --network 8 --io 16'
  )

  hasEffect(
    forces(
      changes(
        scale
          .command('partitions')
          .description('give a topic more partitions, and say what follows from it; cannot be undone')
          .argument('<topic>')
          .argument('<count>', 'new total number', wholeNumber)
          .option('--consumers <count>', 'consumers in the largest group, for advice', wholeNumber)
          .option('--target-mb <MB>', 'peak megabytes per second, for advice', amount)
      ),
      'add more than 100 at once; needs --reason'
    ),
    'destroys'
  ).action(async (topic: string, count: number, options: PartitionOptions) =>
    (await import('../scale/partitions.ts')).scalePartitions(context, topic, count, options)
  )

  examples(
    forces(
      destroys(
        scale
          .command('brokers')
          .description('add a broker on this machine and fill it, or empty the last one and remove it with its data')
          .argument('<count>', 'brokers that the cluster is to have: one more, or one less', wholeNumber)
          .addOption(
            new Option('--throttle <rate>', 'maximum bytes per second per broker: 10MB, 64MiB')
              .argParser(byteRate)
              .default(usualThrottle, '50MB')
          )
      ),
      'remove it although that is not safe, or cannot be judged; needs --reason'
    ),
    'scale brokers 4 --dry-run',
    'scale brokers 3'
  ).action(async (count: number, options: BrokerOptions) =>
    (await import('../scale/brokers.ts')).scaleBrokers(context, count, options)
  )

  reads(
    scale
      .command('consumers')
      .description('measure a group, and say what more members would do; starts none')
      .argument('<group>')
      .option('--members <count>', 'also judge this number', wholeNumber)
      .option('--per-member <rate>', 'records per second of one member, instead of measuring it', amount)
      .addOption(timeOption('--measure <time>', 'how long to measure: 10s, 1m', 10_000, '10s'))
  ).action(async (group: string, options: ConsumerOptions) =>
    (await import('../scale/consumers.ts')).scaleConsumers(context, group, options)
  )

  hasEffect(
    forces(
      changes(
        scale
          .command('heap')
          .description(
            'give the brokers of this machine another heap, restarting one after the other when that is safe'
          )
          .argument('<size>', 'heap of each broker: 768m, 2g', heapSize)
          .addOption(timeOption('--wait <time>', 'wait this long before each restart until it is safe', 300_000, '5m'))
      ),
      'restart although that is not safe, or the machine lacks the memory; needs --reason'
    ),
    'destroys'
  ).action(async (size: string, options: HeapOptions) =>
    (await import('../scale/heap.ts')).scaleHeap(context, size, options)
  )

  hasEffect(
    changes(
      scale
        .command('threads')
        .description('change the thread pools of all brokers while they run, in the steps that Kafka allows')
        .option('--network <count>', 'threads that read requests and write answers (num.network.threads)', wholeNumber)
        .option('--io <count>', 'threads that carry out requests (num.io.threads)', wholeNumber)
    ),
    'destroys'
  ).action(async (options: ThreadOptions) => (await import('../scale/threads.ts')).scaleThreads(context, options))
}

function heapSize(value: string): string {
  if (/^[1-9]\d*[mg]$/.test(value)) return value
  throw new InvalidArgumentError('Not a heap such as 768m or 2g.')
}
