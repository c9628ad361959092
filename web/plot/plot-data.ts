import type { LineChart } from '#shared/reports/line-chart.ts'
import { formatCount } from '../format/numbers.ts'

/** Beside its colour, each line has dashes of its own: the lengths of line and gap in pixels. */
export const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [9, 3, 2, 3]]

/** Places and one column of values for each line: undefined where a line has no value because another one has a place there. */
export type PlotData = [x: number[], ...values: (number | null | undefined)[][]]

/** The values of a chart by the places of all its lines, which may each have places of their own. */
export function plotData({ x, series }: Pick<LineChart, 'x' | 'series'>): PlotData {
  if (series.every(({ x: own }) => own === undefined)) return [[...x], ...series.map(({ values }) => [...values])]
  const places = [...new Set(series.flatMap(({ x: own = x }) => own))].sort((a, b) => a - b)
  const columns = series.map(({ x: own = x, values }) => {
    const byPlace = new Map(own.map((place, nth) => [place, values[nth] ?? null]))
    return places.map((place) => byPlace.get(place))
  })
  return [places, ...columns]
}

/** A value for people, with four digits: `12.34`, `40 120`; a dash for none. */
export function valueText(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—'
  return formatCount(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4)))
}

/** What the legend shows beside each line: its values at one place, or the last ones. */
export function valuesAt([x, ...columns]: PlotData, index: number | undefined): (number | null | undefined)[] {
  if (index !== undefined && index < x.length) return columns.map((values) => values[index])
  return columns.map((values) => values.findLast((value) => value !== null && value !== undefined))
}

/** What is the same of a plot while its values change: when something else of it changes, it is made again. */
export function shapeOf({ id, unit, series, dots = false, axis }: LineChart): string {
  return JSON.stringify([id, unit, dots, axis ?? null, series.map(({ name }) => name)])
}
