/** One line of a chart. */
export interface Series {
  name: string
  /** One value for each x; null leaves a gap. */
  values: readonly (number | null)[]
  /** Its own; that of the chart without it. */
  x?: readonly number[]
}

/** Where an axis ends, and what is written at which place of it. */
export interface Axis {
  most: number
  ticks: readonly [at: number, label: string][]
  /** What it measures; nothing for time. */
  title?: string
}

export interface LineChart {
  /** Unique in its document. */
  id: string
  title: string
  /** Of the values, as the axis names it: `ms`. */
  unit: string
  /** Ascending, from 0. */
  x: readonly number[]
  series: readonly Series[]
  /** Of x; seconds without it. */
  axis?: Axis
  /** What has no order of its own is not joined by a line. */
  dots?: boolean
  /** Shaded from the start up to this second. */
  warmUpSeconds?: number
  /** Values that it is judged by, in its unit. */
  limits?: readonly Limit[]
}

/** A line across a chart: `p99 < 20ms`. */
export interface Limit {
  value: number
  label: string
}

const size = { width: 760, height: 268 }
const plot = { left: 62, right: 748, top: 48, bottom: 222 }
/** Wide enough for most letters of the legend's font. */
const letter = 7.2

/** Styles of every chart, once in a document: light or dark as the reader's system is, each line with a dash of its own. */
export const chartStyle = `
:root { --ground: #ffffff; --ink: #1f2328; --faint: #d8dee4; --line-0: #0a5fc2; --line-1: #b35400; --line-2: #1a7f37; --limit: #b3201c; --shade: #00000010 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --ink: #e6edf3; --faint: #30363d; --line-0: #6cb6ff; --line-1: #ffab5e; --line-2: #56d364; --limit: #ff938a; --shade: #ffffff18 }
}
svg.chart { display: block; width: 100%; max-width: 760px; height: auto; margin: 1em 0 }
svg.chart text { fill: var(--ink); font: 12px system-ui, sans-serif }
svg.chart .title { font-weight: 600; font-size: 14px }
svg.chart .grid { stroke: var(--faint); stroke-width: 1 }
svg.chart .shade { fill: var(--shade) }
svg.chart .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round }
svg.chart .dots { stroke-width: 5 }
svg.chart .line-0 { stroke: var(--line-0) }
svg.chart .line-1 { stroke: var(--line-1); stroke-dasharray: 6 3 }
svg.chart .line-2 { stroke: var(--line-2); stroke-dasharray: 2 3 }
svg.chart .dots { stroke-dasharray: none }
svg.chart .limit { stroke: var(--limit); stroke-width: 1.2; stroke-dasharray: 10 4 }
`

/** A chart as SVG for an HTML document with `chartStyle`. Axes begin at 0; that of the values ends at a round number. */
export function lineChart(chart: LineChart): string {
  const { id, title, unit, x, series, warmUpSeconds = 0, axis = timeAxis(x), dots = false } = chart
  const { ticks: yTicks, shown: limits } = valueAxis(chart)
  const [xMost, yMost] = [axis.most, yTicks.at(-1) ?? 1]
  const xAt = (place: number) => round(plot.left + (place / xMost) * (plot.right - plot.left))
  const yAt = (value: number) => round(plot.bottom - (value / yMost) * (plot.bottom - plot.top))
  const style = (index: number) => `line line-${index}${dots ? ' dots' : ''}`
  const lines = series.map(({ values, x: own = x }, index) => {
    const points = own.map((place, nth): [number, number] | null => {
      const value = values[nth] ?? null
      return value === null ? null : [xAt(place), yAt(value)]
    })
    return `<path class="${style(index)}" d="${dots ? dotsOf(points) : pathOf(points)}"/>`
  })
  return [
    `<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="${id}-title ${id}-text">`,
    `<title id="${id}-title">${escaped(title)}</title>`,
    `<desc id="${id}-text">${escaped(chartInWords(chart))}</desc>`,
    `<text class="title" x="${plot.left}" y="16">${escaped(`${title} (${unit})`)}</text>`,
    ...legend(series, style, dots),
    ...(warmUpSeconds > 0 ? [shade(xAt(0), xAt(Math.min(warmUpSeconds, xMost)))] : []),
    ...yTicks.map((value) => {
      const y = yAt(value)
      return `<path class="grid" d="M${plot.left} ${y}H${plot.right}"/><text x="${plot.left - 8}" y="${y + 4}" text-anchor="end">${value.toLocaleString('en-US', { maximumFractionDigits: 6 })}</text>`
    }),
    ...axis.ticks.map(([place, label]) => {
      const at = xAt(place)
      // A long label at the very end would be cut off.
      const anchor = at + (label.length * letter) / 2 > size.width ? 'end' : 'middle'
      return `<path class="grid" d="M${at} ${plot.bottom}v5"/><text x="${at}" y="${plot.bottom + 20}" text-anchor="${anchor}">${escaped(label)}</text>`
    }),
    ...(axis.title === undefined
      ? []
      : [`<text x="${plot.right}" y="${plot.bottom + 38}" text-anchor="end">${escaped(axis.title)}</text>`]),
    ...lines,
    ...limits.map(({ value, label }) => {
      const y = yAt(value)
      return `<path class="limit" d="M${plot.left} ${y}H${plot.right}"/><text x="${plot.right - 4}" y="${y - 4}" text-anchor="end">${escaped(label)}</text>`
    }),
    '</svg>'
  ].join('\n')
}

/** How much higher than every value a limit may be: beyond it, it would flatten the lines. */
const farthestLimit = 3

/** Where the axis of values has its ticks, from 0 on, and which limits are on it. */
export function valueAxis({ series, limits = [] }: Pick<LineChart, 'series' | 'limits'>) {
  // Of a day there are too many for the arguments of one call.
  const most = series.reduce(
    (all, { values }) => values.reduce<number>((most, value) => Math.max(most, value ?? 0), all),
    0
  )
  const shown = limits.filter(({ value }) => value <= farthestLimit * most)
  return { ticks: ticks(Math.max(most, ...shown.map(({ value }) => value))), shown }
}

/** Round numbers from 0 up to at least a value: steps of 1, 2 or 5 times a power of ten. */
export function ticks(most: number, about = 4): number[] {
  if (!(most > 0)) return [0, 1]
  const raw = most / about
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 5].find((each) => each * power >= raw * (1 - 1e-9)) ?? 10) * power
  const count = Math.ceil((most / step) * (1 - 1e-9))
  // Of a product with a power of ten, rounding leaves a rest: 0.30000000000000004.
  return Array.from({ length: count + 1 }, (_, nth) => Number((nth * step).toPrecision(12)))
}

/** Seconds between two ticks of a time axis. */
export const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600]

/** Round times from 0 up to at most a number of seconds. */
export function timeTicks(most: number, about = 8): number[] {
  const step = timeSteps.find((each) => most / each <= about) ?? 43_200
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, nth) => nth * step)
}

function timeAxis(x: readonly number[]): Axis {
  const most = Math.max(1, ...x)
  return { most, ticks: timeTicks(most).map((seconds) => [seconds, clock(seconds)]) }
}

/** `1:30`, `2:05:00`. */
export function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** A path with gaps where points are missing; the round ends of lines make a dot of a point alone. */
function pathOf(points: readonly ([number, number] | null)[]): string {
  let path = ''
  for (const [nth, point] of points.entries()) {
    if (!point) continue
    const [before, after] = [points[nth - 1] ?? null, points[nth + 1] ?? null]
    path += `${before ? 'L' : 'M'}${point[0]} ${point[1]}`
    if (!before && !after) path += 'h0'
  }
  return path
}

function dotsOf(points: readonly ([number, number] | null)[]): string {
  return points.map((point) => (point ? `M${point[0]} ${point[1]}h0` : '')).join('')
}

function legend(series: readonly Series[], style: (index: number) => string, dots: boolean): string[] {
  let left = plot.left
  return series.map(({ name }, index) => {
    const at = left
    left += 44 + name.length * letter
    return `<path class="${style(index)}" d="M${round(at + (dots ? 11 : 0))} 32h${dots ? 0 : 22}"/><text x="${round(at + 28)}" y="36">${escaped(name)}</text>`
  })
}

function shade(from: number, to: number): string {
  const text = `<text x="${from + 4}" y="${plot.top + 12}">warm-up</text>`
  return `<rect class="shade" x="${from}" y="${plot.top}" width="${round(to - from)}" height="${plot.bottom - plot.top}"/>${to - from > 60 ? text : ''}`
}

/** What a reader hears who does not see the lines. */
export function chartInWords({ series, unit }: Pick<LineChart, 'series' | 'unit'>): string {
  return series
    .map(({ name, values }) => {
      const known = values.filter((value) => value !== null)
      if (known.length === 0) return `${name}: no values.`
      const [least, most] = [Math.min(...known), Math.max(...known)].map((each) => Number(each.toPrecision(3)))
      return `${name}: from ${least} to ${most} ${unit}.`
    })
    .join(' ')
}

/** Text for HTML, also within quotes. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
