import type { Workload } from '#shared/contracts/workload.ts'
import { rateInWords } from '#shared/load-report/run-facts.ts'
import { textFields } from '../ui/form-dialog.tsx'
import type { TypedWorkload, WrongField } from './new-load-test-form.ts'

interface WorkloadFieldsProps {
  /** What the fields change. */
  base: Workload
  typed: TypedWorkload
  onTyped: (typed: TypedWorkload) => void
  wrong: readonly WrongField[]
}

const profiles = [
  ['', 'default: durable'],
  ['durable', 'durable: acks=all, idempotent'],
  ['high-throughput', 'high throughput: large batches'],
  ['low-latency', 'low latency: each record at once']
] as const
const acks = [
  ['', 'as the profile has it'],
  ['all', 'all in-sync replicas'],
  ['leader', 'the leader'],
  ['none', 'nobody: no broker says whether it was written']
] as const
const compressions = [['', 'as the profile has it'], ...['none', 'gzip', 'snappy', 'lz4', 'zstd'].map(itself)] as const
/** The topic that load tests write to without a confirmation. */
const defaultTopic = 'log-events'

function itself(name: string): readonly [string, string] {
  return [name, name]
}

/** The usual fields of a workload, each with what is wrong with it. */
export function WorkloadFields({ base, typed, onTyped, wrong }: WorkloadFieldsProps) {
  const text = textFields<TypedWorkload>('load', typed, onTyped)
  const messageOf = (name: keyof TypedWorkload) => wrong.find(({ field }) => field === name)?.message
  const described = (name: keyof TypedWorkload) => ({
    'aria-invalid': messageOf(name) !== undefined,
    'aria-describedby': messageOf(name) === undefined ? undefined : `load-${name}-wrong`
  })
  const field = (name: keyof TypedWorkload, label: string, more: { hint?: string; numeric?: boolean } = {}) => (
    <div class="field">
      <label for={`load-${name}`}>{label}</label>
      <input
        {...text(name)}
        {...described(name)}
        placeholder={more.hint ?? ''}
        inputMode={more.numeric ? 'decimal' : 'text'}
      />
      <Wrong name={name} message={messageOf(name)} />
    </div>
  )
  const choice = (
    name: keyof TypedWorkload,
    label: string,
    choices: readonly (readonly [value: string, words: string])[]
  ) => (
    <div class="field">
      <label for={`load-${name}`}>{label}</label>
      <select
        id={`load-${name}`}
        value={typed[name]}
        {...described(name)}
        onChange={({ currentTarget }) => onTyped({ ...typed, [name]: currentTarget.value })}
      >
        {choices.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <Wrong name={name} message={messageOf(name)} />
    </div>
  )
  const { rate } = base
  const isOther = rate !== undefined && rate.kind !== 'constant' && rate.kind !== 'closed'
  return (
    <>
      <fieldset>
        <legend>Rate</legend>
        <div class="field-row">
          {choice('rate', 'Records are sent', [
            ...(isOther ? [['kept', rateInWords(rate)] as const] : []),
            ['constant', 'at a rate'],
            ['closed', 'as fast as the cluster acknowledges']
          ])}
          {typed.rate === 'constant' && field('perSecond', 'Records per second', { numeric: true })}
        </div>
        <div class="field-row">
          {field('duration', 'For', { hint: '90s, 5m' })}
          {field('records', 'Or until so many records', { hint: 'no limit', numeric: true })}
        </div>
      </fieldset>
      <fieldset>
        <legend>Topic</legend>
        <div class="field-row">
          {choice('topic', 'Records go into', [
            ['temporary', 'temporary topic'],
            ['existing', 'existing topic']
          ])}
          {typed.topic === 'temporary' ? (
            <>
              {field('partitions', 'Partitions', { numeric: true })}
              {field('replicationFactor', 'Replicas of each', { numeric: true })}
            </>
          ) : (
            <>
              {field('topicName', 'Topic', { hint: defaultTopic })}
              {typed.topicName.trim() !== defaultTopic &&
                field('confirm', 'Its name again: its consumers get the records')}
            </>
          )}
        </div>
      </fieldset>
      <fieldset>
        <legend>Producers</legend>
        <div class="field-row">
          {field('producers', 'How many', { hint: '1', numeric: true })}
          {choice('profile', 'Profile', profiles)}
        </div>
        <div class="field-row">
          {choice('acks', 'Acknowledged by', acks)}
          {choice('compression', 'Compression', compressions)}
        </div>
      </fieldset>
      <fieldset>
        <legend>What the result must meet</legend>
        <div class="field">
          <label for="load-thresholds">Thresholds, one a line</label>
          <textarea rows={3} placeholder="p99 < 20ms" {...text('thresholds')} {...described('thresholds')} />
          <Wrong name="thresholds" message={messageOf('thresholds')} />
        </div>
        <label>
          <input
            type="checkbox"
            checked={typed.verify === 'yes'}
            onChange={({ currentTarget }) => onTyped({ ...typed, verify: currentTarget.checked ? 'yes' : '' })}
          />{' '}
          Read every record back after the run, and account for each
        </label>
      </fieldset>
      {wrong
        .filter(({ field: name }) => name === undefined)
        .map(({ message }) => (
          <p key={message} class="notice notice-down" role="alert">
            {message}
          </p>
        ))}
    </>
  )
}

function Wrong({ name, message }: { name: keyof TypedWorkload; message: string | undefined }) {
  if (message === undefined) return null
  return (
    <p id={`load-${name}-wrong`} class="text-down field-wrong">
      {message}
    </p>
  )
}
