import { type CommandParts, type Given, options, word } from './command-words.ts'

/** `name=value` of a part of a request, for an option that is repeated; a query may have commas. */
function members(option: string, part: unknown): string[] {
  return Object.entries((part ?? {}) as Given).flatMap(([name, value]) => [option, word(`${name}=${value}`)])
}

/** A duration as options take it: `20s`, `7500ms`. */
function duration(ms: unknown): string | undefined {
  return typeof ms !== 'number' ? undefined : ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

/**
 * The command that plans or runs a drill; undefined where there is none: it has a load by the name of a file only, and no option for
 * consumers without any setting.
 */
export function drillCommand(verb: string, body: Given, files: CommandParts['files']): string[] | undefined {
  const { kind, partition, faultDurationMs, queueMs, from, force, consumers, load, repeatOf } = body
  if (
    (load !== undefined && files['load'] === undefined) ||
    repeatOf !== undefined ||
    JSON.stringify(consumers) === '{}'
  )
    return undefined
  const led = partition as { topic: string; partition: number } | undefined
  const of = {
    ...body,
    partition: led && `${led.topic}:${led.partition}`,
    duration: duration(faultDurationMs),
    queue: duration(queueMs),
    load: files['load'],
    from: Array.isArray(from) ? from.join(',') : undefined,
    force: (force as { reason: string } | undefined)?.reason
  }
  const parts = { producers: '--producers', consumers: '--consumers', slow: '--slow', transaction: '--transaction' }
  return [
    'drill',
    verb,
    word(kind),
    ...options(of, {
      node: '--node',
      partition: '--partition',
      group: '--group',
      duration: '--duration',
      load: '--load',
      topic: '--topic',
      confirmTopic: '--confirm-topic',
      queue: '--queue',
      from: '--from',
      direction: '--direction',
      clusterId: '--cluster-id',
      force: '--force'
    }),
    ...Object.entries(parts).flatMap(([field, option]) => members(option, body[field])),
    ...members('--abort-when', body['abortWhen'])
  ]
}

/** The command of a game day that is in a file; undefined of any other. */
export function gameDayCommand({ gameDay }: CommandParts['files'], dryRun: boolean): string[] | undefined {
  return gameDay === undefined ? undefined : ['drill', 'gameday', word(gameDay), ...(dryRun ? ['--dry-run'] : [])]
}
