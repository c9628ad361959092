import type { Workload } from '#shared/contracts/workload.ts'
import { readDuration } from '#shared/duration.ts'

/** The usual fields of a workload, as somebody types them. Empty: as the workload's profile, or the service, has it. */
export interface TypedWorkload {
  /** `kept`: a rate that the form cannot change, such as steps. */
  rate: 'constant' | 'closed' | 'kept'
  perSecond: string
  duration: string
  records: string
  topic: 'temporary' | 'existing'
  partitions: string
  replicationFactor: string
  topicName: string
  /** The topic's name again. */
  confirm: string
  producers: string
  profile: string
  acks: string
  compression: string
  verify: '' | 'yes'
  /** One a line. */
  thresholds: string
}

export interface WrongField {
  /** Of the form; undefined: one that the form does not have. */
  field: keyof TypedWorkload | undefined
  message: string
}

/** What to begin with where no workload is ready. */
export const blankWorkload: Workload = {
  name: 'mine',
  topic: { kind: 'temporary', partitions: 12, replicationFactor: 3 },
  rate: { kind: 'constant', perSecond: 1000 },
  durationSeconds: 60
}

const digits = (value: unknown) => (value === undefined ? '' : String(value))

/** A workload, which may be one that somebody has written, as the fields of the form. */
export function typedWorkload(workload: Partial<Workload>): TypedWorkload {
  const { rate = { kind: 'closed' }, topic, durationSeconds, records, producer, thresholds } = workload
  return {
    rate: rate.kind === 'constant' || rate.kind === 'closed' ? rate.kind : 'kept',
    perSecond: rate.kind === 'constant' ? digits(rate.perSecond) : '',
    duration: typeof durationSeconds === 'number' ? durationText(durationSeconds) : '',
    records: digits(records),
    topic: topic?.kind === 'existing' ? 'existing' : 'temporary',
    partitions: topic?.kind === 'temporary' ? digits(topic.partitions) : '12',
    replicationFactor: topic?.kind === 'temporary' ? digits(topic.replicationFactor) : '3',
    topicName: topic?.kind === 'existing' ? digits(topic.name) : '',
    confirm: topic?.kind === 'existing' ? digits(topic.confirm) : '',
    producers: digits(workload.producers),
    profile: digits(workload.profile),
    acks: digits(producer?.acks),
    compression: digits(producer?.compression),
    verify: workload.verify === true ? 'yes' : '',
    thresholds: Array.isArray(thresholds) ? thresholds.join('\n') : ''
  }
}

/** `90s`, `5m`: as durations are written everywhere in kops. */
export function durationText(seconds: number): string {
  for (const [unit, size] of [
    ['h', 3600],
    ['m', 60],
    ['s', 1]
  ] as const) {
    if (Number.isInteger(seconds / size)) return `${seconds / size}${unit}`
  }
  return `${Math.round(seconds * 1000)}ms`
}

/** Seconds of `90s`, `5m`, or of a number alone. */
function secondsOf(text: string): number | undefined {
  if (/^\d{1,6}(?:\.\d{1,3})?$/.test(text)) return Number(text)
  const ms = readDuration(text)
  return ms === undefined ? undefined : ms / 1000
}

/** A number as people type it: 10,000 and 10 000 are ten thousand. */
function numberOf(text: string): number | undefined {
  const plain = text.replace(/(?<=\d)[,_\s](?=\d{3})/g, '')
  return /^\d{1,12}(?:\.\d{1,6})?$/.test(plain) ? Number(plain) : undefined
}

/**
 * The workload with what the fields say; all else stays. Which values are allowed is for the service to say.
 * @returns it, or every field that says nothing
 */
export function withTyped(base: Workload, typed: TypedWorkload): { workload: Workload } | { wrong: WrongField[] } {
  const wrong: WrongField[] = []
  const read = <T>(field: keyof TypedWorkload, parse: (text: string) => T | undefined, message: string) => {
    const text = typed[field].trim()
    if (text === '') return undefined
    const value = parse(text)
    if (value === undefined) wrong.push({ field, message })
    return value
  }
  const needed = (field: keyof TypedWorkload, parse: (text: string) => number | undefined = numberOf) => {
    if (typed[field].trim() === '') wrong.push({ field, message: 'is missing' })
    return read(field, parse, 'is not a number') ?? 0
  }
  const { rate, records: _, durationSeconds: _seconds, producers: _producers, profile: _profile, ...kept } = base
  const { verify: _verify, thresholds: _thresholds, producer, ...rest } = kept
  const workload = without({
    ...rest,
    topic: topicOf(base, typed, needed),
    rate: typed.rate === 'kept' ? rate : rateOf(base, typed.rate, () => needed('perSecond')),
    durationSeconds: read('duration', secondsOf, 'is no length of time, such as 90s or 5m'),
    records: read('records', numberOf, 'is not a number'),
    producers: read('producers', numberOf, 'is not a number'),
    profile: typed.profile || undefined,
    producer: producerOf(producer, typed),
    verify: typed.verify === 'yes' ? true : undefined,
    thresholds: linesOf(typed.thresholds)
  })
  // What was put in has the shape of a workload; whether its words are known the service says, with the field.
  return wrong.length > 0 ? { wrong } : { workload: workload as Workload }
}

function topicOf(base: Workload, typed: TypedWorkload, needed: (field: keyof TypedWorkload) => number) {
  if (typed.topic === 'existing') {
    const confirm = typed.confirm.trim()
    return { kind: typed.topic, name: typed.topicName.trim(), ...(confirm === '' ? {} : { confirm }) }
  }
  return {
    ...(base.topic.kind === 'temporary' ? base.topic : {}),
    kind: typed.topic,
    partitions: needed('partitions'),
    replicationFactor: needed('replicationFactor')
  }
}

function rateOf({ rate }: Workload, kind: 'constant' | 'closed', perSecond: () => number) {
  if (kind === 'closed') return { kind }
  const arrivals = rate && rate.kind !== 'closed' ? rate.arrivals : undefined
  return { kind, perSecond: perSecond(), ...(arrivals === undefined ? {} : { arrivals }) }
}

function producerOf(producer: Workload['producer'], { acks, compression }: TypedWorkload) {
  const settings = without({ ...producer, acks: acks || undefined, compression: compression || undefined })
  return Object.keys(settings).length === 0 ? undefined : settings
}

function linesOf(text: string): string[] | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  return lines.length === 0 ? undefined : lines
}

/** Without the fields that are undefined. */
function without(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const formFields: Record<string, keyof TypedWorkload> = {
  'rate.perSecond': 'perSecond',
  'rate.kind': 'rate',
  durationSeconds: 'duration',
  records: 'records',
  'topic.partitions': 'partitions',
  'topic.replicationFactor': 'replicationFactor',
  'topic.name': 'topicName',
  'topic.confirm': 'confirm',
  producers: 'producers',
  profile: 'profile',
  'producer.acks': 'acks',
  'producer.compression': 'compression',
  verify: 'verify',
  thresholds: 'thresholds'
}

/** What a refusal of the service says, at the fields of the form. Of what the form does not have, the field is named. */
export function wrongFields(errors: readonly { field: string; message: string }[]): WrongField[] {
  return errors.map(({ field, message }) => {
    const own = formFields[field] ?? formFields[field.replace(/\.\d+$/, '')]
    return own === undefined ? { field: own, message: `${field} ${message}` } : { field: own, message }
  })
}
