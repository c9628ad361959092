import type { DrillComparison, DrillPartition } from '#shared/contracts/drill-records.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { brokersOf, comparedNames, type FaultMark, faultMarks, spanOf } from '#shared/drill-timeline.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { escaped, ticks, timeTicks } from '#shared/reports/line-chart.ts'
import { seconds } from './report-facts.ts'
import { type At, drawLanes, heightOf, isDense, laneStyle, round, shownLanes } from './timeline-lanes.ts'

const width = 1000
const plot = { left: 200, right: 988 }
const rateHeight = 84

/** Styles of the timeline, beside those of charts, light or dark as the reader's system is. */
export const timelineStyle = `
:root { --bad: #c9252d; --good: #1a7f37; --doubt: #9a6700; --band: #0a5fc222 }
@media (prefers-color-scheme: dark) {
  :root { --bad: #ff6b6b; --good: #56d364; --doubt: #e3b341; --band: #6cb6ff2e }
}
svg.drill { display: block; width: 100%; height: auto; margin: 1em 0 }
svg.drill text { fill: var(--ink); font: 12px system-ui, sans-serif }
svg.drill .heading { font-weight: 600 }
svg.drill .grid { stroke: var(--faint) }
svg.drill .track { fill: var(--faint); opacity: .45 }
svg.drill .band { fill: var(--band) }
svg.drill .predicted { fill: var(--line-0); opacity: .4 }
svg.drill .measured { fill: var(--ink) }
svg.drill .outside { fill: var(--bad) }
svg.drill .fault { stroke: var(--bad); stroke-width: 1.5 }
svg.drill .healing { stroke: var(--good); stroke-width: 1.5; stroke-dasharray: 5 3 }
svg.drill .acknowledged { fill: var(--good); fill-opacity: .15; stroke: var(--good); stroke-width: 1.5 }
svg.drill .failed { fill: var(--bad) }
${laneStyle}`

/**
 * What happened to each partition, as SVG for an HTML page with `chartStyle` and `timelineStyle`: a lane each, coloured by
 * leader, its ISR beneath; above them the rate of acknowledgements, and the predicted times beside those measured. The time is
 * that since the fault was requested. undefined for a drill without partitions and rates.
 */
export function timelineChart(drill: Drill): string | undefined {
  const { partitions = [], rates, comparison = [] } = drill
  if (partitions.length === 0 && !rates) return undefined
  const marks = faultMarks(drill)
  const lanes = shownLanes(partitions)
  const { fromMs, toMs } = spanOf(drill, marks)
  const at: At = (ms) =>
    round(plot.left + ((Math.min(toMs, Math.max(fromMs, ms)) - fromMs) / (toMs - fromMs)) * (plot.right - plot.left))
  const brokers = brokersOf(lanes)
  const healedAtMs = marks.findLast(({ heals }) => heals)?.atMs ?? null
  const known = comparison.filter(({ predicted, measuredSeconds }) => predicted !== null || measuredSeconds !== null)

  const predictedTop = 84
  const rateTop = predictedTop + known.length * 20 + (known.length > 0 ? 14 : 0)
  const lanesTop = rateTop + (rates ? rateHeight + 34 : 0)
  const bottom = lanesTop + heightOf(lanes) + 4
  const body = [
    ...behind(known, { at, healedAtMs, toMs, top: predictedTop - 4, bottom }),
    ...known.flatMap((each, nth) => comparedRow(each, { at, healedAtMs, top: predictedTop + nth * 20 })),
    ...(rates ? rateArea(rates, { at, top: rateTop }) : []),
    ...drawLanes(lanes, { at, toMs, brokers, top: lanesTop, left: plot.left - 10 }),
    ...marks.flatMap((mark, nth) => markLine(mark, { at, bottom, row: marks.length > 2 ? nth % 2 : 0 })),
    ...timeAxis(toMs, { at, bottom })
  ]
  return [
    `<svg class="drill" viewBox="0 0 ${width} ${bottom + 44}" role="img" aria-labelledby="timeline-title timeline-text">`,
    '<title id="timeline-title">Timeline</title>',
    `<desc id="timeline-text">${escaped(describe(drill, lanes))}</desc>`,
    ...legend(brokers, isDense(lanes)),
    ...body,
    '</svg>'
  ].join('\n')
}

interface Place {
  at: At
  top: number
}

/** The expected times of the two changes that lanes show, behind everything. */
function behind(
  comparison: readonly DrillComparison[],
  { at, healedAtMs, top, bottom }: Place & { healedAtMs: number | null; toMs: number; bottom: number }
): string[] {
  return comparison.flatMap(({ name, predicted }) => {
    const from = name === 'leaders' ? 0 : name === 'isrFull' ? healedAtMs : null
    if (from === null || !predicted) return []
    const [left, right] = [at(from + predicted.min * 1000), at(from + predicted.max * 1000)]
    return [
      `<rect class="band" x="${left}" y="${top}" width="${round(right - left)}" height="${bottom - top}"><title>${escaped(`${comparedNames[name]}, as predicted`)}</title></rect>`
    ]
  })
}

function comparedRow(
  { name, predicted, measuredSeconds, within }: DrillComparison,
  { at, top, healedAtMs }: Place & { healedAtMs: number | null }
): string[] {
  const from = name === 'isrFull' ? (healedAtMs ?? 0) : 0
  const place = (value: number) => at(from + value * 1000)
  const says = [
    measuredSeconds === null ? 'not measured' : seconds(measuredSeconds * 1000),
    ...(predicted ? [`predicted ${predicted.min} to ${predicted.max} s`] : [])
  ].join(', ')
  const parts = [
    `<text x="${plot.left - 10}" y="${top + 12}" text-anchor="end">${comparedNames[name]}</text>`,
    `<rect class="track" x="${plot.left}" y="${top + 2}" width="${plot.right - plot.left}" height="14" rx="3"/>`
  ]
  if (predicted) {
    const left = place(predicted.min)
    const right = place(predicted.max)
    parts.push(
      `<rect class="predicted" x="${left}" y="${top + 2}" width="${round(Math.max(2, right - left))}" height="14" rx="3"/>`
    )
  }
  if (measuredSeconds !== null) {
    const tone = within === false ? 'outside' : 'measured'
    parts.push(
      `<rect class="${tone}" x="${round(place(measuredSeconds) - 2)}" y="${top}" width="4" height="18" rx="2"/>`
    )
  }
  const end = Math.max(place(predicted?.max ?? 0), place(measuredSeconds ?? 0))
  // Where there is no room to the right of the band, it has some to the left.
  const fits = end + 8 + says.length * 6.2 < plot.right
  const start = Math.min(place(predicted?.min ?? 0), place(measuredSeconds ?? predicted?.min ?? 0))
  const beside = fits ? `x="${end + 8}"` : `x="${start - 8}" text-anchor="end"`
  return [
    '<g>',
    `<title>${escaped(`${comparedNames[name]}: ${says}`)}</title>`,
    ...parts,
    `<text ${beside} y="${top + 13}">${escaped(says)}</text>`,
    '</g>'
  ]
}

function rateArea({ everyMs, fromMs = 0, acknowledged, failed }: NonNullable<Drill['rates']>, { at, top }: Place) {
  const perSecond = (values: readonly number[]) => values.map((value) => (value * 1000) / everyMs)
  const [good, bad] = [perSecond(acknowledged), perSecond(failed)]
  const scale = ticks(
    [...good, ...bad].reduce((most, each) => Math.max(most, each), 0),
    2
  )
  const most = scale.at(-1) ?? 1
  const yAt = (value: number) => round(top + 18 + rateHeight - (value / most) * rateHeight)
  const points = (values: readonly number[]) =>
    values.map((value, nth) => `${at(fromMs + (nth + 0.5) * everyMs)} ${yAt(value)}`)
  const line = points(good)
  const base = yAt(0)
  const area = line.length === 0 ? '' : `M${at(fromMs + everyMs / 2)} ${base}L${line.join('L')}V${base}Z`
  return [
    `<text class="heading" x="${plot.left}" y="${top + 10}">Records acknowledged (failed: red) per second</text>`,
    ...scale.map(
      (value) =>
        `<path class="grid" d="M${plot.left} ${yAt(value)}H${plot.right}"/><text x="${plot.left - 10}" y="${yAt(value) + 4}" text-anchor="end">${value.toLocaleString('en-US')}</text>`
    ),
    ...(area === '' ? [] : [`<path class="acknowledged" d="${area}"/>`]),
    ...bad.flatMap((value, nth) => {
      const [left, right] = [at(fromMs + nth * everyMs), at(fromMs + (nth + 1) * everyMs)]
      const bar = `<rect class="failed" x="${left}" y="${yAt(value)}" width="${round(right - left)}" height="${round(base - yAt(value))}"/>`
      return value > 0 ? [bar] : []
    })
  ]
}

function markLine(
  { atMs, label, heals }: FaultMark,
  { at, bottom, row }: { at: At; bottom: number; row: number }
): string[] {
  const x = at(atMs)
  const y = 62 + row * 13
  return [
    `<path class="${heals ? 'healing' : 'fault'}" d="M${x} ${y + 4}V${bottom}"/>`,
    `<text x="${x}" y="${y}" text-anchor="middle">${escaped(`${label} ${seconds(atMs)}`)}</text>`
  ]
}

function timeAxis(toMs: number, { at, bottom }: { at: At; bottom: number }): string[] {
  return [
    `<path class="grid" d="M${plot.left} ${bottom}H${plot.right}"/>`,
    ...timeTicks(toMs / 1000).map((each) => {
      const x = at(each * 1000)
      return `<path class="grid" d="M${x} ${bottom}v5"/><text x="${x}" y="${bottom + 19}" text-anchor="middle">${each} s</text>`
    }),
    `<text x="${plot.right}" y="${bottom + 37}" text-anchor="end">since the fault was requested</text>`
  ]
}

function legend(brokers: ReadonlyMap<number, number>, dense: boolean): string[] {
  const entries = [
    ...Array.from(brokers, ([id, nth]): [string, string] => [`b${nth}`, brokerName(id)]),
    ['none', 'no leader'],
    ['predicted', 'predicted'],
    ['measured', 'measured']
  ]
  let left = plot.left
  return [
    `<text class="heading" x="0" y="26">${dense ? 'Leader (pale: ISR shrunk)' : 'Leader, and ISR beneath'}</text>`,
    ...entries.map(([tone = '', name = '']) => {
      const x = left
      left += 28 + name.length * 7
      return `<rect class="${tone}" x="${x}" y="16" width="12" height="12" rx="2"/><text x="${x + 17}" y="26">${name}</text>`
    })
  ]
}

/** What a reader hears who does not see the lanes. */
function describe(drill: Drill, lanes: readonly DrillPartition[]): string {
  const changed = lanes.filter(({ lanes }) => new Set(lanes.map(({ leader }) => leader)).size > 1).length
  const gap = drill.verdict?.measurements.longestAckGapMs ?? null
  return `${lanes.length} partitions; ${changed} changed their leader; longest time without an acknowledgement: ${seconds(gap)}.`
}
