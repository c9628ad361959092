import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { formatCount } from '../format/numbers.ts'
import {
  type DrillView,
  leaderName,
  type ShownBand,
  type ShownLane,
  type ShownRates,
  secondsText
} from './drill-timeline.ts'

/** The place of a time, in pixels. */
type At = (ms: number) => number

const phaseHeight = 20
const bandHeight = 20
const rateHeight = 72
const axisHeight = 22

interface ChartProps {
  view: DrillView
  /** Of the lanes' topic; each lane has its partition's number. */
  topic: string
  /** Where the scrubber stands. */
  atMs: number | undefined
}

/**
 * A drill on one time axis: phases; predicted times and what was measured of them; acknowledgements, with gaps and errors; and for each
 * partition who led it, with its ISR beneath. A picture: the same is a table below it.
 */
export function DrillChart({ view, topic, atMs }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame)
  const left = width < 600 ? 40 : 192
  const right = width - 8
  const { fromMs, toMs, lanes, bands, rates, phases, marks, brokers } = view
  const at: At = (ms) => rounded(left + ((clamp(ms, fromMs, toMs) - fromMs) / (toMs - fromMs)) * (right - left))
  // A narrow window has no room for names beside bands: they stand above them.
  const bandStep = width < 600 ? 2 * bandHeight : bandHeight
  const bandsTop = phaseHeight + 12
  const ratesTop = bandsTop + bands.length * bandStep + (bands.length > 0 ? 8 : 0)
  const lanesTop = ratesTop + (rates ? rateHeight + 30 : 0)
  const laneStep = lanes.length <= 12 ? 30 : lanes.length <= 50 ? 22 : 12
  const bottom = lanesTop + lanes.length * laneStep + 4
  return (
    <figure class="drill-chart" ref={frame}>
      <figcaption>
        <Legend brokers={brokers} topic={topic} />
      </figcaption>
      <svg width={width} height={bottom + axisHeight} role="img" aria-label={inWords(view)}>
        <Behind bands={bands} at={at} top={bandsTop} bottom={bottom} />
        {phases.map(({ what, fromMs: from, toMs: to }) => (
          <Bar key={`${what}${from}`} class="phase" x={at(from)} to={at(to)} y={0} height={phaseHeight} label={what} />
        ))}
        {bands.map((band, nth) => (
          <Band key={band.name} band={band} at={at} top={bandsTop + nth * bandStep} left={left} right={right} />
        ))}
        {rates && <Rates rates={rates} at={at} top={ratesTop} left={left} right={right} />}
        {lanes.map((lane, nth) => (
          <Lane
            key={lane.name}
            lane={lane}
            at={at}
            top={lanesTop + nth * laneStep}
            step={laneStep}
            left={left}
            brokers={brokers}
          />
        ))}
        {marks.map(({ atMs: when, label, heals }) => (
          <g key={`${label}${when}`}>
            <title>{`${label} ${secondsText(when)}`}</title>
            <path class={heals ? 'mark-healing' : 'mark-fault'} d={`M${at(when)} ${phaseHeight}V${bottom}`} />
          </g>
        ))}
        {atMs !== undefined && <path class="scrubber" d={`M${at(atMs)} 0V${bottom}`} />}
        <TimeAxis ticks={view.ticks} at={at} left={left} right={right} bottom={bottom} />
      </svg>
    </figure>
  )
}

function Legend({ brokers, topic }: { brokers: ReadonlyMap<number, number>; topic: string }) {
  const swatch = (name: string, label: string) => (
    <span key={label} class="legend-entry">
      <svg width="12" height="12" aria-hidden="true">
        <rect class={name} width="12" height="12" />
      </svg>
      {label}
    </span>
  )
  return (
    <>
      <span class="muted">
        Leaders of <code>{topic}</code>, and beneath each its ISR:
      </span>
      {Array.from(brokers, ([id, colour]) => swatch(`b${colour}`, leaderName(id)))}
      {swatch('leaderless', leaderName(null))}
      {swatch('isr', 'in sync')}
      {swatch('isr is-short', 'a replica is missing')}
      {swatch('predicted', 'predicted')}
    </>
  )
}

interface BarProps {
  class: string
  x: number
  to: number
  y: number
  height: number
  label: string
}

/** A stretch with its name in it, if there is room. */
function Bar({ class: name, x, to, y, height, label }: BarProps) {
  const width = rounded(to - x)
  const short = width > label.length * 6.6 + 8 ? label : ''
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

/** When leaders are expected, and when every ISR is: behind everything. */
function Behind({ bands, at, top, bottom }: { bands: readonly ShownBand[]; at: At; top: number; bottom: number }) {
  return (
    <>
      {bands
        .filter(({ isBehind }) => isBehind)
        .map(({ name, from, to }) => (
          <rect
            key={name}
            class="band"
            x={at(from)}
            y={top}
            width={rounded(Math.max(1, at(to) - at(from)))}
            height={bottom - top}
          >
            <title>{name}, as predicted</title>
          </rect>
        ))}
    </>
  )
}

interface Row {
  at: At
  top: number
  left: number
  right: number
}

function Band({ band, at, top, left, right }: Row & { band: ShownBand }) {
  const { name, from, to, measuredMs, within, inWords: words } = band
  const isNarrow = left < 100
  const y = isNarrow ? top + 18 : top + 3
  const end = Math.max(at(to), measuredMs === null ? 0 : at(measuredMs))
  const start = Math.min(at(from), measuredMs === null ? right : at(measuredMs))
  const fits = end + 8 + words.length * 6.6 < right
  return (
    <g>
      <title>{`${name}: ${words}`}</title>
      <text
        class="label"
        x={isNarrow ? left : left - 8}
        y={isNarrow ? top + 13 : top + 15}
        text-anchor={isNarrow ? 'start' : 'end'}
      >
        {isNarrow ? `${name}: ${words}` : name}
      </text>
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

function Rates({ rates, at, top, left, right }: Row & { rates: ShownRates }) {
  const { acknowledged, failed, everyMs, fromMs, most, ticks, gaps } = rates
  const base = top + 20 + rateHeight
  const y = (value: number) => rounded(base - (value / most) * rateHeight)
  const points = acknowledged.map((value, nth) => `${at(fromMs + (nth + 0.5) * everyMs)} ${y(value)}`)
  const area = points.length === 0 ? '' : `M${at(fromMs + everyMs / 2)} ${base}L${points.join('L')}V${base}Z`
  return (
    <g>
      <text class="label" x={left} y={top + 12}>
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

interface LaneProps {
  lane: ShownLane
  at: At
  top: number
  step: number
  left: number
  brokers: ReadonlyMap<number, number>
}

function Lane({ lane, at, top, step, left, brokers }: LaneProps) {
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

function TimeAxis({
  ticks,
  at,
  left,
  right,
  bottom
}: {
  ticks: readonly number[]
  at: At
  left: number
  right: number
  bottom: number
}) {
  const every = Math.ceil((ticks.length * 44) / Math.max(1, right - left))
  return (
    <g>
      <path class="grid" d={`M${left} ${bottom}H${right}`} />
      {ticks
        .filter((_, nth) => nth % every === 0)
        .map((seconds) => (
          <text key={seconds} class="value" x={at(seconds * 1000)} y={bottom + 16} text-anchor="middle">
            {seconds} s
          </text>
        ))}
    </g>
  )
}

function inWords({ lanes, leftOut, toMs }: DrillView): string {
  const changed = lanes.filter(({ leaders }) => leaders.length > 1).length
  return `The drill until ${secondsText(toMs)} after its fault: ${lanes.length + leftOut} partitions, of which ${changed} changed their leader. The table of what happened has the same.`
}

function useWidth(frame: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(() => Math.min(1000, window.innerWidth - 40))
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const take = () => setWidth(Math.max(240, Math.floor(element.clientWidth)))
    take()
    const observer = new ResizeObserver(take)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return width
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
