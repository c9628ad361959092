import { InvalidArgumentError } from 'commander'
import type { TargetTopic, Workload } from '#shared/contracts/workload.ts'
import type { CommandContext } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { given } from '../given.ts'
import { wholeNumber } from '../options.ts'
import { UsageError } from '../output.ts'

/** What a command line changes in a workload. */
export interface Changes {
  rate?: number | 'closed'
  /** Milliseconds. */
  duration?: number
  records?: number
  topic?: string
  producers?: number
  workers?: number
  members?: number
  profile?: NonNullable<Workload['profile']>
  threshold?: string[]
  verify?: boolean
}

/**
 * A workload with the changes of a command line. Either of `duration` and `records` replaces both of the workload's own ends;
 * thresholds are added; members without a consumer group are those of a temporary one.
 */
export function changed(workload: Workload, changes: Changes): Workload {
  const { rate, duration, records, topic, threshold = [], ...others } = changes
  const { producers, workers, members, profile, verify } = others
  const { records: ownRecords, durationSeconds: ownDuration, ...rest } = workload
  const hasEnd = duration !== undefined || records !== undefined
  const ends = hasEnd
    ? { records, durationSeconds: duration === undefined ? undefined : duration / 1000 }
    : { records: ownRecords, durationSeconds: ownDuration }
  return {
    ...rest,
    ...given({ ...ends, producers, workers, profile, verify }),
    ...(topic === undefined ? {} : { topic: { kind: 'existing', name: topic } }),
    ...(rate === undefined ? {} : { rate: rate === 'closed' ? { kind: rate } : constant(workload, rate) }),
    ...(members === undefined
      ? {}
      : { consumers: (workload.consumers ?? [{}]).map((group) => ({ ...group, members })) }),
    ...(threshold.length === 0 ? {} : { thresholds: [...(workload.thresholds ?? []), ...threshold] })
  }
}

function constant({ rate }: Workload, perSecond: number): NonNullable<Workload['rate']> {
  const arrivals = rate && rate.kind !== 'closed' ? rate.arrivals : undefined
  return { kind: 'constant', perSecond, ...given({ arrivals }) }
}

/** Records per second, or `closed`: as fast as the cluster acknowledges. */
export function rateOption(value: string): number | 'closed' {
  if (value === 'closed') return value
  try {
    return wholeNumber(value)
  } catch {
    throw new InvalidArgumentError('Neither a whole number of records per second nor "closed".')
  }
}

/** The topic that load tests write to unless a workload names another; only writing to that one is not confirmed. */
const defaultTopic = 'log-events'

/**
 * The topic with its confirmation: where a workload names an existing topic that is not for load tests, a person has to type its
 * name.
 * @returns undefined if that is refused
 * @throws UsageError if there is no terminal
 */
export async function confirmTopic(
  { output, person }: Pick<CommandContext, 'output' | 'person'>,
  topic: TargetTopic,
  yes = false
): Promise<TargetTopic | undefined> {
  if (topic.kind !== 'existing' || topic.name === defaultTopic || topic.confirm === topic.name) return topic
  const { name } = topic
  if (!yes) {
    const why = `this would write into ${name}, whose consumers get the records`
    if (!person.present) throw new UsageError(`${why}, and there is no terminal for confirmation: --yes confirms`)
    output.error(`T${why.slice(1)}.`)
    if ((await person.ask(`Type ${name} to continue: `)) !== name) {
      output.error('Nothing was started.')
      process.exitCode ??= exit.refused
      return undefined
    }
  }
  return { ...topic, confirm: name }
}
