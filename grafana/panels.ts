import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder
} from '@grafana/grafana-foundation-sdk/common'
import {
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

/** The data source that the reader of the dashboard chose. */
export const datasource = { type: 'prometheus', uid: '${datasource}' }

/** Selects the series of the chosen clusters, and of the chosen brokers in them. */
export const cluster = 'cluster=~"$cluster"'
export const broker = `${cluster}, job="kafka", instance=~"$instance"`

/** Colours of a value: each applies from its value upwards, and the first below all others. */
export function steps(below: string, ...from: [value: number, color: string][]): Threshold[] {
  return [{ value: null, color: below }, ...from.map(([value, color]) => ({ value, color }))]
}

/** For what a cluster has one of. */
export const exactlyOne = steps('red', [1, 'green'], [2, 'red'])

/** Colours for a consumer group's lag in records: red at the alert's threshold. */
export const lagThresholds: Threshold[] = steps('green', [1000, 'yellow'], [10_000, 'red'])

interface PanelText {
  /** Unique in its dashboard. Never change it: links to a panel contain it. */
  id: number
  title: string
  description: string
  /** A Grafana unit. */
  unit: string
}

export interface StatOptions extends PanelText {
  query: string
  thresholds: Threshold[]
  /** Shown if there is no series. */
  noValue: string
}

/** One number with a sparkline, a sixth of the dashboard's width. */
export function stat(options: StatOptions): cog.Builder<Panel> {
  return new StatBuilder()
    .id(options.id)
    .title(options.title)
    .description(options.description)
    .datasource(datasource)
    .unit(options.unit)
    .noValue(options.noValue)
    .span(4)
    .height(4)
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(options.thresholds))
    .withTarget(query('A', options.query, '__auto'))
}

export interface TimeSeriesOptions extends PanelText {
  /** Query and legend of each group of lines. */
  queries: [query: string, legend: string][]
  /** Of the dashboard's 24 columns. */
  span: number
}

/** Lines over time, with their last and highest values in a table below. */
export function timeSeries(options: TimeSeriesOptions): cog.Builder<Panel> {
  const panel = new TimeSeriesBuilder()
    .id(options.id)
    .title(options.title)
    .description(options.description)
    .datasource(datasource)
    .unit(options.unit)
    .min(0)
    .span(options.span)
    .height(8)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max'])
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  for (const [index, [expression, legend]] of options.queries.entries()) {
    panel.withTarget(query(String.fromCharCode(65 + index), expression, legend))
  }
  return panel
}

function query(refId: string, expression: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).expr(expression).legendFormat(legend).datasource(datasource).range()
}

/** Good at 0, bad above. */
export const badAboveZero: Threshold[] = steps('green', [1, 'red'])
