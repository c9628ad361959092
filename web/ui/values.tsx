import type { ComponentChildren } from 'preact'
import type { UnknownReason } from '#shared/contracts/common.ts'
import { formatBytes, formatCount, formatSeconds } from '../format/numbers.ts'
import { unknownReasons } from '../format/reasons.ts'
import { ageOf, durationSince, formatTime } from '../format/time.ts'
import { serverNow } from '../state/clock.ts'
import { preferences } from '../state/preferences.ts'

/** A value that is not known: a dash, and why on focus or hover; never 0. */
export function Unknown({ reason }: { reason?: UnknownReason | undefined }) {
  const why = reason === undefined ? 'not known' : unknownReasons[reason]
  return <Explained text={why}>—</Explained>
}

/** Something short with an explanation that also the keyboard and the screen reader reach. */
export function Explained({ text, children }: { text: string; children: string }) {
  return (
    <span class="explained" tabIndex={0} data-explanation={text}>
      <span aria-hidden="true">{children}</span>
      <span class="visually-hidden">{text}</span>
    </span>
  )
}

interface NumberProps {
  value: number | null | undefined
  reason?: UnknownReason | undefined
}

export function Count({ value, reason }: NumberProps) {
  return value === null || value === undefined ? <Unknown reason={reason} /> : <>{formatCount(value)}</>
}

export function Bytes({ value, reason }: NumberProps) {
  if (value === null || value === undefined) return <Unknown reason={reason} />
  return <span title={`${formatCount(value)} bytes`}>{formatBytes(value)}</span>
}

export function Seconds({ value, reason }: NumberProps) {
  return value === null || value === undefined ? <Unknown reason={reason} /> : <>{formatSeconds(value)}</>
}

/** A count of something that should not be there: it stands out unless it is 0. */
export function Trouble({ value, level }: { value: number | null; level: 'degraded' | 'down' }) {
  if (value === null) return <Unknown />
  return value === 0 ? <span class="muted">0</span> : <strong class={`text-${level}`}>{formatCount(value)}</strong>
}

/** An instant, in the zone that is chosen. */
export function Time({ at, ms = false, named = false }: { at: string; ms?: boolean; named?: boolean }) {
  return <time dateTime={at}>{formatTime(at, preferences.value.zone, { ms, named })}</time>
}

/** How long something has lasted. */
export function Since({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatTime(at, preferences.value.zone, { named: true })}>
      {durationSince(at, serverNow())}
    </time>
  )
}

/** How old a reading is: amber where it should be newer, red where nobody should trust it. */
export function Age({ asOf, everyMs }: { asOf: string; everyMs: number }) {
  const { text, level } = ageOf(new Date(asOf).getTime(), serverNow(), everyMs)
  return (
    <span class={`age age-${level}`} title={`read ${formatTime(asOf, preferences.value.zone, { named: true })}`}>
      <span class="visually-hidden">read </span>
      {text}
      {level === 'fresh' ? '' : level === 'stale' ? ' — late' : ' — old'}
    </span>
  )
}

/** When a job began, and how long it has gone on, or took. */
export function Lasted({ from, to }: { from: string; to: string | null }) {
  return (
    <span>
      <Time at={from} named />
      {to === null ? (
        <>
          , for <Since at={from} />
        </>
      ) : (
        `, took ${formatSeconds((Date.parse(to) - Date.parse(from)) / 1000)}`
      )}
    </span>
  )
}

/** One of the figures of a list: what it is, and how much. */
export function Figure({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
