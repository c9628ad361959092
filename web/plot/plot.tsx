import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { chartInWords, clock, type LineChart, valueAxis } from '#shared/reports/line-chart.ts'
import { type DrawnPlot, drawPlot, type PlotColours } from './canvas.ts'
import { dashes, type PlotData, plotData, shapeOf, valuesAt, valueText } from './plot-data.ts'

/**
 * A chart as lines over time, or over the axis that it names. The legend has the values at the pointer, or else the last ones; below are
 * all values as a table. Its styles are in styles/load.css.
 */
export function Plot({ chart }: { chart: LineChart }) {
  const { id, title, unit, series, limits = [] } = chart
  const figure = useRef<HTMLElement>(null)
  const place = useRef<HTMLDivElement>(null)
  const drawn = useRef<DrawnPlot | undefined>(undefined)
  const [index, setIndex] = useState<number | undefined>(undefined)
  const data = useMemo(() => plotData(chart), [chart])
  const { shown } = useMemo(() => valueAxis(chart), [chart])

  useEffect(() => {
    const at = { figure: figure.current, place: place.current }
    if (!at.figure || !at.place) return
    const { figure: whole } = at
    const plot = drawPlot(at.place, chart, { colours: () => coloursOf(whole), onPoint: setIndex })
    drawn.current = plot
    return () => plot.close()
  }, [shapeOf(chart)])
  useEffect(() => drawn.current?.show(chart), [chart])

  const values = valuesAt(data, index)
  const pointed = index === undefined ? undefined : data[0][index]
  return (
    <figure class="plot" ref={figure} aria-labelledby={`plot-${id}`}>
      <figcaption>
        <h3 id={`plot-${id}`}>
          {title}{' '}
          <span class="muted">
            ({unit}){pointed === undefined ? '' : ` at ${placeText(chart, pointed)}`}
          </span>
        </h3>
        <ul class="plot-legend">
          {series.map(({ name }, nth) => (
            <li key={name}>
              <Swatch of={`plot-${(nth % 4) + 1}`} dash={dashes[nth] ?? []} isDot={chart.dots === true} />
              {name} <strong>{valueText(values[nth])}</strong>
            </li>
          ))}
          {limits.map((limit) => (
            <li key={limit.label}>
              <Swatch of="plot-line" dash={[10, 4]} />
              {limit.label}
              {shown.includes(limit) ? '' : ' (far above)'}
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="plot-canvas" ref={place} role="img" aria-label={chartInWords(chart)} />
      <Values chart={chart} data={data} />
    </figure>
  )
}

function Swatch({ of, dash, isDot = false }: { of: string; dash: readonly number[]; isDot?: boolean }) {
  return (
    <svg class={of} viewBox="0 0 26 10" aria-hidden="true">
      {isDot ? (
        <circle cx="13" cy="5" r="3.5" fill="currentColor" />
      ) : (
        <path d="M0 5H26" stroke="currentColor" stroke-width="2.5" stroke-dasharray={dash.join(' ')} />
      )}
    </svg>
  )
}

/** The same as a table, for who does not see lines or wants the numbers; made when it is opened. */
function Values({ chart, data: [places, ...columns] }: { chart: LineChart; data: PlotData }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Values</summary>
      {isOpen && (
        <section class="plot-values" tabIndex={0} aria-label={`Values of ${chart.title}`}>
          <table class="facts-table">
            <thead>
              <tr>
                <th scope="col">{chart.axis?.title ?? 'Time'}</th>
                {chart.series.map(({ name }) => (
                  <th scope="col" class="end" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {places.map((at, nth) => (
                <tr key={at}>
                  <th scope="row">{placeText(chart, at)}</th>
                  {columns.map((values, column) => (
                    <td class="end" key={chart.series[column]?.name}>
                      {valueText(values[nth])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  )
}

function placeText({ axis }: LineChart, at: number): string {
  if (axis === undefined) return clock(at)
  return axis.ticks.find(([tick]) => tick === at)?.[1] ?? String(Number(at.toPrecision(4)))
}

/** The colours that the style sheet gives the parts of a plot, as a canvas takes them: computed, `light-dark()` resolved. */
function coloursOf(figure: HTMLElement): PlotColours {
  const colourOf = (selector: string, otherwise: string) => {
    const found = figure.querySelector(selector)
    return found ? getComputedStyle(found).color : otherwise
  }
  const own = getComputedStyle(figure)
  return {
    series: [1, 2, 3, 4].map((nth) => colourOf(`.plot-${nth}`, own.color)),
    limit: colourOf('.plot-line', own.color),
    text: colourOf('.muted', own.color),
    grid: own.borderTopColor,
    ground: getComputedStyle(document.documentElement).backgroundColor
  }
}
