import { formatCount } from '../format/numbers.ts'
import {
  answerText,
  leaderName,
  letterPx,
  type ShownAnswers,
  type ShownBand,
  type ShownLane,
  type ShownRates,
  secondsText
} from './drill-timeline.ts'

/** The place of a time, in pixels. */
export type At = (ms: number) => number

export const rateHeight = 72
/** Of each broker's line. */
export const answerStep = 20
/** Of each line above a band. */
export const labelHeight = 15

interface BarProps {
  class: string
  x: number
  to: number
  y: number
  height: number
  label: string
}

/** A stretch with its name in it, if there is room. */
export function Bar({ class: name, x, to, y, height, label }: BarProps) {
  const width = rounded(to - x)
  const short = width > label.length * letterPx + 8 ? label : ''
  return (
    <g class={name}>
      <title>{label}</title>
      <rect x={x} y={y} width={Math.max(1, width)} height={height} />
      {short !== '' && height >= 12 && (
        <text x={x + 4} y={y + height / 2 + 4}>
          {short}
        </text>
      )}
    </g>
  )
}

interface Row {
  at: At
  top: number
  left: number
  right: number
}

/** @param above lines of its label, where there is no room beside it */
export function Band({ band, at, top, left, right, above }: Row & { band: ShownBand; above: readonly string[] }) {
  const { name, from, to, measuredMs, within, inWords: words } = band
  const isNarrow = above.length > 0
  const y = top + 3 + above.length * labelHeight
  const end = Math.max(at(to), measuredMs === null ? 0 : at(measuredMs))
  const start = Math.min(at(from), measuredMs === null ? right : at(measuredMs))
  const fits = end + 8 + words.length * letterPx < right
  return (
    <g>
      <title>{`${name}: ${words}`}</title>
      {above.map((line, nth) => (
        <text key={line} class="label" x={0} y={top + 13 + nth * labelHeight}>
          {line}
        </text>
      ))}
      {!isNarrow && (
        <text class="label" x={left - 8} y={top + 15} text-anchor="end">
          {name}
        </text>
      )}
      <rect class="track" x={left} y={y} width={rounded(right - left)} height={14} />
      <rect class="predicted" x={at(from)} y={y} width={rounded(Math.max(2, at(to) - at(from)))} height={14} />
      {measuredMs !== null && (
        <rect
          class={within === false ? 'measured is-outside' : 'measured'}
          x={rounded(at(measuredMs) - 2)}
          y={y - 2}
          width={4}
          height={18}
        />
      )}
      {!isNarrow && (
        <text class="value" x={fits ? end + 8 : start - 8} y={top + 15} text-anchor={fits ? 'start' : 'end'}>
          {words}
        </text>
      )}
    </g>
  )
}

export function Rates({ rates, at, top, left, right }: Row & { rates: ShownRates }) {
  const { acknowledged, failed, everyMs, fromMs, most, ticks, gaps } = rates
  const base = top + 20 + rateHeight
  const y = (value: number) => rounded(base - (value / most) * rateHeight)
  const points = acknowledged.map((value, nth) => `${at(fromMs + (nth + 0.5) * everyMs)} ${y(value)}`)
  const area = points.length === 0 ? '' : `M${at(fromMs + everyMs / 2)} ${base}L${points.join('L')}V${base}Z`
  return (
    <g>
      <text class="label" x={titleX(left)} y={top + 9}>
        Acknowledged per second{failed.some((value) => value > 0) ? '; failed: red bars' : ''}
      </text>
      {ticks.map((value) => (
        <g key={value}>
          <path class="grid" d={`M${left} ${y(value)}H${right}`} />
          <text class="value" x={left - 6} y={y(value) + 4} text-anchor="end">
            {formatCount(value)}
          </text>
        </g>
      ))}
      {gaps.map(({ from, to }) => (
        <Bar
          key={from}
          class="gap-bar"
          x={at(from)}
          to={at(to)}
          y={base - rateHeight}
          height={rateHeight}
          label={`none for ${secondsText(to - from)}`}
        />
      ))}
      <path class="acknowledged" d={area} />
      {failed.map((value, nth) =>
        value === 0 ? null : (
          <rect
            key={nth}
            class="failed"
            x={at(fromMs + nth * everyMs)}
            y={y(value)}
            width={rounded(Math.max(2, at(fromMs + (nth + 1) * everyMs) - at(fromMs + nth * everyMs)))}
            height={rounded(base - y(value))}
          />
        )
      )}
    </g>
  )
}

/** Who answers, a line for each broker. */
export function Answers({ answers, at, top, left }: Omit<Row, 'right'> & { answers: readonly ShownAnswers[] }) {
  return (
    <g>
      <text class="label" x={titleX(left)} y={top + 12}>
        Brokers that answer kops
      </text>
      {answers.map(({ node, runs, inWords }, nth) => {
        const y = top + 18 + nth * answerStep
        return (
          <g key={node}>
            <title>{inWords}</title>
            <text class="label" x={left - 8} y={y + 12} text-anchor="end">
              {node}
            </text>
            {runs.map(({ from, to, value }) => (
              <Bar
                key={from}
                class={value ? 'answering' : 'leaderless'}
                x={at(from)}
                to={at(to)}
                y={y}
                height={answerStep - 4}
                label={answerText(value)}
              />
            ))}
          </g>
        )
      })}
    </g>
  )
}

interface LaneProps {
  lane: ShownLane
  at: At
  top: number
  step: number
  left: number
  brokers: ReadonlyMap<number, number>
}

export function Lane({ lane, at, top, step, left, brokers }: LaneProps) {
  const { partition, leaders, inSync, whole, firstErrorMs, inWords: words } = lane
  const thickness = step >= 30 ? 2.5 : step >= 22 ? 1.5 : 0.8
  const room = thickness * Math.max(1, whole)
  const height = rounded(step - room - 4)
  return (
    <g>
      <title>{words}</title>
      <text class="label" x={left - 8} y={top + height / 2 + 4} text-anchor="end">
        {partition}
      </text>
      {leaders.map(({ from, to, value }) => (
        <Bar
          key={from}
          class={value === null ? 'leaderless' : `b${brokers.get(value) ?? 0}`}
          x={at(from)}
          to={at(to)}
          y={top}
          height={height}
          label={leaderName(value)}
        />
      ))}
      {inSync.map(({ from, to, value }) => (
        <rect
          key={from}
          class={value < whole ? 'isr is-short' : 'isr'}
          x={at(from)}
          y={top + height + 1}
          width={rounded(Math.max(1, at(to) - at(from)))}
          height={rounded(thickness * value)}
        />
      ))}
      {firstErrorMs !== null && (
        <path class="first-error" d={`M${at(firstErrorMs) - 4} ${top - 2}h8l-4 7z`}>
          <title>first error of a client</title>
        </path>
      )}
    </g>
  )
}

/** A narrow window needs the room before the axis, too. */
function titleX(left: number): number {
  return left < 100 ? 0 : left
}

export function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
