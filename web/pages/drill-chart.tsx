import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import {
  Answers,
  type At,
  answerStep,
  Band,
  Bar,
  Lane,
  labelHeight,
  Rates,
  rateHeight,
  rounded
} from './drill-chart-rows.tsx'
import { bandLabel, type DrillView, leaderName, type ShownBand, secondsText } from './drill-timeline.ts'

const phaseHeight = 20
const bandHeight = 20
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
  const isNarrow = width < 600
  const left = isNarrow ? 60 : 192
  const right = width - 8
  const { fromMs, toMs, lanes, bands, rates, answers, phases, marks, brokers } = view
  const at: At = (ms) => rounded(left + ((clamp(ms, fromMs, toMs) - fromMs) / (toMs - fromMs)) * (right - left))
  // A narrow window has no room for names beside bands: they stand above them.
  const bandsTop = phaseHeight + 12
  let ratesTop = bandsTop
  const bandRows = bands.map((band) => {
    const above = isNarrow ? bandLabel(band, right) : []
    const row = { band, above, top: ratesTop }
    ratesTop += bandHeight + above.length * labelHeight + (isNarrow ? 4 : 0)
    return row
  })
  if (bands.length > 0) ratesTop += 8
  const answersTop = ratesTop + (rates ? rateHeight + 30 : 0)
  const lanesTop = answersTop + (answers.length > 0 ? answers.length * answerStep + 28 : 0)
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
        {bandRows.map((row) => (
          <Band key={row.band.name} {...row} at={at} left={left} right={right} />
        ))}
        {rates && <Rates rates={rates} at={at} top={ratesTop} left={left} right={right} />}
        {answers.length > 0 && <Answers answers={answers} at={at} top={answersTop} left={left} />}
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
