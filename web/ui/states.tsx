import type { ComponentChildren } from 'preact'
import type { Problem, Warning } from '#shared/contracts/common.ts'
import { problemText } from '../api/problem.ts'
import type { ReadingInUse } from '../app/use-reading.ts'
import { durationSince, formatTime } from '../format/time.ts'
import { now } from '../state/clock.ts'
import { preferences } from '../state/preferences.ts'
import { type PassedOn, type ServiceContact, serviceNames } from '../state/services.ts'
import { CopyButton } from './copy-button.tsx'
import { Since, Time } from './values.tsx'

/** Bars where text will be. The style sheet shows them after 150 ms: an answer that is quicker flickers nothing. */
export function Loading({ lines = 4, what = 'Loading' }: { lines?: number; what?: string }) {
  return (
    <div class="loading" role="status" aria-label={what}>
      {Array.from({ length: lines }, (_, index) => (
        <div class="skeleton" key={index} />
      ))}
    </div>
  )
}

/** A call that failed: what, which field, under which id the log has it, and what to do. */
export function ErrorState({ problem, onRetry }: { problem: Problem; onRetry?: (() => void) | undefined }) {
  return (
    <div class="notice notice-down" role="alert">
      <p>
        <strong>{problem.title}</strong>
      </p>
      <p>{problem.detail}</p>
      {problem.errors && problem.errors.length > 0 && (
        <dl class="fields">
          {problem.errors.map(({ field, message }) => (
            <div key={field}>
              <dt>
                <code>{field}</code>
              </dt>
              <dd>{message}</dd>
            </div>
          ))}
        </dl>
      )}
      <p class="muted">
        <code>{problem.code}</code>
        {problem.kafkaError && (
          <>
            {' '}
            <code>{problem.kafkaError}</code>
          </>
        )}
        {problem.requestId && (
          <>
            {' '}
            request <code>{problem.requestId}</code>
          </>
        )}
      </p>
      <p class="buttons">
        {onRetry && (
          <button type="button" onClick={onRetry}>
            Retry
          </button>
        )}
        <CopyButton text={problemText(problem)} label="Copy the error" />
      </p>
    </div>
  )
}

/** There is none, or none matches: the two mean different things. */
export function Empty({ what, filtered, onClear }: { what: string; filtered: boolean; onClear?: () => void }) {
  return (
    <div class="empty">
      <p>{filtered ? `No ${what} match.` : `There are no ${what}.`}</p>
      {filtered && onClear && (
        <button type="button" onClick={onClear}>
          Show all
        </button>
      )}
    </div>
  )
}

/** An action that the caller may not take: it stays where it is, can be reached, and says why. */
export function Forbidden({ label, why }: { label: string; why: string }) {
  return (
    <span class="forbidden">
      <button type="button" aria-disabled="true" onClick={(event) => event.preventDefault()}>
        {label}
        <span class="visually-hidden">: {why}</span>
      </button>
      <small class="muted" aria-hidden="true">
        {why}
      </small>
    </span>
  )
}

export type ActionKind = '' | 'primary' | 'danger'

interface ActionProps {
  label: string
  why: string | undefined
  onClick: () => void
  kind?: ActionKind | undefined
}

/** An action, or why the caller may not take it. */
export function Action({ label, why, onClick, kind = '' }: ActionProps) {
  if (why !== undefined) return <Forbidden label={label} why={why} />
  return (
    <button type="button" class={kind} onClick={onClick}>
      {label}
    </button>
  )
}

/** What could not be read: the rest is shown, with "—" where this is missing. */
export function Partial({ warnings }: { warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null
  return (
    <details class="notice notice-degraded" open={warnings.length <= 3}>
      <summary>
        Incomplete: {warnings.length === 1 ? 'one thing' : `${warnings.length} things`} to know about this reading
      </summary>
      <ul>
        {warnings.slice(0, 20).map(({ message, target, code }) => (
          <li key={`${code}${target}${message}`}>
            {target && !message.includes(target) ? `${target}: ` : ''}
            {message}
          </li>
        ))}
        {warnings.length > 20 && <li>and {warnings.length - 20} more</li>}
      </ul>
    </details>
  )
}

/** admin-service does not answer: what was read stays, and nothing can be changed. */
export function Offline({ lastAt }: { lastAt: number | undefined }) {
  return (
    <div class="notice notice-down">
      <strong role="alert">No contact with kops</strong>
      {lastAt !== undefined && (
        <>
          {' '}
          for {durationSince(lastAt, now.value)}, since {formatTime(lastAt, preferences.value.zone, { named: true })}
        </>
      )}
      . What is shown was read before; nothing can be changed until it answers.
    </div>
  )
}

const missing: Record<PassedOn, string> = {
  health: 'Its status, alerts, consumer groups and predictions are missing, or were read before.',
  loadTest:
    'Load tests, drills, game days and the capacity can neither be read nor started; a fault that a drill has injected is undone without it.'
}

/** Another service does not answer: which, since when, and what works without it. */
export function WithoutService({ service, contact }: { service: PassedOn; contact: ServiceContact }) {
  const at = contact.lastAnswerAt === undefined ? undefined : new Date(contact.lastAnswerAt).toISOString()
  return (
    <div class="notice notice-down">
      <strong role="alert">{serviceNames[service]} does not answer</strong>
      {at && (
        <>
          {' '}
          for <Since at={at} />, since <Time at={at} named />
        </>
      )}
      . {missing[service]} Everything else works.
    </div>
  )
}

interface ReadingViewProps<T> {
  reading: ReadingInUse<T>
  /** `the topics` */
  what: string
  lines?: number
  children: (value: T) => ComponentChildren
}

/** What a reading has: the value, and what is wrong with it; or a skeleton, or the error. */
export function ReadingView<T>({ reading, what, lines = 4, children }: ReadingViewProps<T>) {
  const { value, problem, refresh, receivedAt } = reading
  if (value === undefined) {
    return problem ? (
      <ErrorState problem={problem} onRetry={() => void refresh()} />
    ) : (
      <Loading lines={lines} what={`Loading ${what}`} />
    )
  }
  return (
    <>
      {problem && (
        <div class="notice notice-degraded" role="status">
          <strong>Not read again:</strong> {problem.title}. Shown is what was read{' '}
          {receivedAt === undefined ? 'before' : `${durationSince(receivedAt, now.value)} ago`}.{' '}
          <button type="button" onClick={() => void refresh()}>
            Retry
          </button>
        </div>
      )}
      {children(value)}
    </>
  )
}
