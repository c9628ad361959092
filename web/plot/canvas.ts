import uPlot from 'uplot'
import { clock, type LineChart, timeSteps, valueAxis } from '#shared/reports/line-chart.ts'
import { dashes, type PlotData, plotData, valueText } from './plot-data.ts'

export interface PlotColours {
  /** One for each line. */
  series: readonly string[]
  limit: string
  text: string
  grid: string
  ground: string
}

export interface DrawnPlot {
  /** Draws other values of the same lines. */
  show(chart: LineChart): void
  close(): void
}

export interface PlotOptions {
  /** A canvas knows no variables of CSS: asked again whenever the theme changes. */
  colours: () => PlotColours
  /** The pointer is at this place; undefined: it has left. */
  onPoint(index: number | undefined): void
}

const height = 220
/** Of fewer points each is drawn, so that one alone can be seen. */
const fewPoints = 40

/** Draws a chart into an element, as wide as that is, and again when its size or the theme changes. */
export function drawPlot(place: HTMLElement, first: LineChart, { colours, onPoint }: PlotOptions): DrawnPlot {
  let chart = first
  let colour = colours()
  const plot = new uPlot(optionsOf(), asAligned(plotData(chart)), place)

  function optionsOf(): uPlot.Options {
    const { axis } = chart
    const font = '12px system-ui, sans-serif'
    const line: uPlot.Axis = { stroke: () => colour.text, font, ticks: { stroke: () => colour.grid, size: 4 }, gap: 3 }
    return {
      width: Math.max(1, place.clientWidth),
      height,
      padding: [8, 24, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: {
          time: false,
          range: (_, from, to) => [axis ? 0 : (from ?? 0), axis?.most ?? Math.max((from ?? 0) + 1, to ?? 1)]
        },
        y: { range: () => [0, valueAxis(chart).ticks.at(-1) ?? 1] }
      },
      series: [
        {},
        ...chart.series.map(
          (_, nth): uPlot.Series => ({
            stroke: () => colour.series[nth] ?? colour.text,
            width: 1.75,
            ...(chart.dots ? { paths: () => null } : { dash: [...(dashes[nth] ?? [])] }),
            points: {
              show: (_, __, from, to) => chart.dots === true || to - from < fewPoints,
              size: chart.dots ? 6 : 4
            }
          })
        )
      ],
      axes: [
        {
          ...line,
          size: 30,
          grid: { show: false },
          ...(axis
            ? {
                splits: () => axis.ticks.map(([at]) => at),
                values: (_, splits) => splits.map((at) => axis.ticks.find(([tick]) => tick === at)?.[1] ?? '')
              }
            : { incrs: timeSteps, space: 60, values: (_, splits) => splits.map(clock) })
        },
        {
          ...line,
          grid: { stroke: () => colour.grid, width: 1 },
          splits: () => valueAxis(chart).ticks,
          values: (_, splits) => splits.map(valueText),
          size: (_, labels) => 16 + 7 * Math.max(2, ...(labels ?? []).map(({ length }) => length))
        }
      ],
      hooks: {
        drawClear: [shadeWarmUp],
        draw: [drawLimits],
        setCursor: [
          ({ cursor }) => onPoint(cursor.left === undefined || cursor.left < 0 ? undefined : (cursor.idx ?? undefined))
        ]
      }
    }
  }

  function shadeWarmUp({ ctx, bbox, valToPos }: uPlot): void {
    const { warmUpSeconds = 0 } = chart
    if (warmUpSeconds <= 0) return
    const to = Math.min(bbox.left + bbox.width, valToPos(warmUpSeconds, 'x', true))
    ctx.save()
    ctx.globalAlpha = 0.1
    ctx.fillStyle = colour.text
    ctx.fillRect(bbox.left, bbox.top, to - bbox.left, bbox.height)
    ctx.restore()
  }

  function drawLimits({ ctx, bbox, valToPos }: uPlot): void {
    const ratio = devicePixelRatio
    for (const { value, label } of valueAxis(chart).shown) {
      const y = Math.round(valToPos(value, 'y', true))
      ctx.save()
      ctx.strokeStyle = colour.limit
      ctx.lineWidth = ratio
      ctx.setLineDash([10 * ratio, 4 * ratio])
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
      ctx.font = `${12 * ratio}px system-ui, sans-serif`
      ctx.textAlign = 'end'
      const size = 12 * ratio
      // A least value has its label below, where values should not be; a highest one above, unless there is no room.
      const isBelow = label.includes('>') || y - 1.5 * size < bbox.top
      const [right, baseline] = [bbox.left + bbox.width - 4 * ratio, isBelow ? y + 1.2 * size : y - 0.4 * size]
      const { width } = ctx.measureText(label)
      ctx.globalAlpha = 0.8
      ctx.fillStyle = colour.ground
      ctx.fillRect(right - width - 2 * ratio, baseline - size, width + 4 * ratio, 1.3 * size)
      ctx.globalAlpha = 1
      ctx.fillStyle = colour.limit
      ctx.fillText(label, right, baseline)
      ctx.restore()
    }
  }

  const restyle = () => {
    colour = colours()
    plot.redraw(false)
  }
  const resized = new ResizeObserver(() => {
    const width = place.clientWidth
    if (width > 0 && width !== plot.width) plot.setSize({ width, height })
  })
  resized.observe(place)
  const themed = new MutationObserver(restyle)
  themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  const system = matchMedia('(prefers-color-scheme: dark)')
  system.addEventListener('change', restyle)

  return {
    show(next) {
      if (next === chart) return
      chart = next
      plot.setData(asAligned(plotData(chart)))
    },
    close() {
      resized.disconnect()
      themed.disconnect()
      system.removeEventListener('change', restyle)
      plot.destroy()
    }
  }
}

/** Its types want each column by itself. */
function asAligned(data: PlotData): uPlot.AlignedData {
  return data
}
