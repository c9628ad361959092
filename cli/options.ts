import { type Command, InvalidArgumentError, Option } from 'commander'
import { readDuration } from '#shared/duration.ts'
import { hasEffect } from './effects.ts'
import { formatOption } from './output-format.ts'

/** The options of every command that reads. */
export function reads(command: Command): Command {
  return command.addOption(formatOption()).option('--json', "the service's answer as JSON, for scripts")
}

/** The option of commands that show what changes. */
export function watches(command: Command): Command {
  return command.option('--watch', 'show changes until Ctrl-C; as JSON lines where there is no terminal')
}

/** The options of every command that changes something. */
export function changes(command: Command): Command {
  return reads(hasEffect(command, 'changes').option('--dry-run', 'show the plan without changing anything'))
}

/** The options of every command that destroys data. */
export function destroys(command: Command): Command {
  return hasEffect(changes(command), 'destroys').option('--yes', 'skip the confirmation; required without a terminal')
}

/** The options of commands that are refused while something is in use, or for another reason. */
export function forces(command: Command, although = 'proceed even if it is in use; needs --reason'): Command {
  return command.option('--force', although).option('--reason <text>', 'reason for the audit trail')
}

/** The options of commands that create topics. */
export function creates(command: Command): Command {
  return forces(changes(command), 'create more than 3,000 partition replicas at once; needs --reason')
}

/** Lines of examples below a command's help. */
export function examples(command: Command, ...lines: string[]): Command {
  return command.addHelpText('after', ['', 'Examples:', ...lines.map((line) => onLines(`  kops ${line}`))].join('\n'))
}

/** Continues a long command line after a backslash, before an option or a pipe. */
function onLines(line: string): string {
  if (line.length <= 80) return line
  const at = Math.max(line.lastIndexOf(' --', 78), line.lastIndexOf(' | ', 78))
  return at < 10 ? line : `${line.slice(0, at)} \\\n${onLines(`     ${line.slice(at)}`)}`
}

/** The address of a service, as `http://127.0.0.1:8081`. */
export function serviceUrl(value: string): string {
  if (isServiceUrl(value)) return value
  throw new InvalidArgumentError('Not an address such as http://127.0.0.1:8081.')
}

export function isServiceUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

/** A whole number above 0. */
export function wholeNumber(value: string): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number > 0) return number
  throw new InvalidArgumentError('Not a whole number above 0.')
}

/** A whole number, 0 or more: ids of brokers and partitions, offsets. */
export function count(value: string): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && Number.isSafeInteger(number)) return number
  throw new InvalidArgumentError('Not a whole number.')
}

/** A whole number with its sign. */
export function signed(value: string): number {
  const number = Number(value)
  if (/^[+-]?\d+$/.test(value) && Number.isSafeInteger(number)) return number
  throw new InvalidArgumentError('Not a whole number, such as -100 or +100.')
}

/** A number, 0 or more. */
export function amount(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && Number.isFinite(number) && number >= 0) return number
  throw new InvalidArgumentError('Not a number, 0 or more.')
}

/** Collects a repeatable option. */
export function several(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/** A broker by its id or its name: 2, kafka-2. */
export function broker(value: string): number {
  return count(value.replace(/^kafka-(?=\d+$)/, ''))
}

/** Collects brokers: repeated, or separated by commas. */
export function brokerIds(value: string, before: number[] = []): number[] {
  return [...before, ...value.split(',').map(broker)]
}

/** Collects `name=value`. */
export function setting(value: string, before: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Not name=value.')
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) }
}

/** A length of time, `90s`, `15m`, `2h`, `7d`, in milliseconds. */
export function duration(value: string): number {
  const milliseconds = readDuration(value)
  if (milliseconds === undefined) throw new InvalidArgumentError('Not a duration such as 90s, 15m, 2h or 7d.')
  return milliseconds
}

/** A length of time, in milliseconds; its help shows the default as it is written. */
export function timeOption(flags: string, description: string, ms: number, written: string): Option {
  return new Option(flags, description).argParser(duration).default(ms, written)
}

/** An instant: ISO-8601 (UTC where it names no zone), or how long ago. Answers ISO-8601 in UTC. */
export function instant(value: string, now: () => number = Date.now): string {
  const at = readInstant(value, now)
  if (at === undefined) {
    throw new InvalidArgumentError('Neither a time such as 2026-01-31T12:30:00Z nor a duration such as 15m.')
  }
  return at
}

/** Like `instant`; undefined if the text is not a time. */
export function readInstant(value: string, now: () => number = Date.now): string | undefined {
  const ago = readDuration(value)
  if (ago !== undefined) return new Date(now() - ago).toISOString()
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(value)) return undefined
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(value) || value.length === 10 ? value : `${value}Z`
  const at = Date.parse(zoned.replace(' ', 'T'))
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

/** Bytes a second: `10000000`, `10MB`, `64MiB`. */
export function byteRate(value: string): number {
  const [, number, prefix = '', binary] = /^(\d+(?:\.\d+)?) ?(?:([kKMG])(i?)B?|B)?(?:\/s)?$/.exec(value) ?? []
  const rate = Math.round(Number(number) * (binary ? 1024 : 1000) ** ' KMG'.indexOf(prefix.toUpperCase() || ' '))
  if (number === undefined || !Number.isSafeInteger(rate) || rate < 1) {
    throw new InvalidArgumentError('Not a rate in bytes per second, such as 10MB or 64MiB.')
  }
  return rate
}

export interface TopicPartitions {
  topic: string
  partitions?: number[]
}

/** Collects topics, with partitions or without: `log-events`, `log-events:0,3`. */
export function topicPartitions(value: string, before: TopicPartitions[] = []): TopicPartitions[] {
  const [topic = '', partitions, ...more] = value.split(':')
  if (topic === '' || more.length > 0) throw new InvalidArgumentError('Neither a topic nor topic:0,3.')
  return [...before, partitions === undefined ? { topic } : { topic, partitions: partitions.split(',').map(count) }]
}
