import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort
} from '@grafana/grafana-foundation-sdk/dashboard'
import { cluster, datasource, type StatOptions, stat, type TimeSeriesOptions, timeSeries } from './panels.ts'

/** The variables a reader can choose besides data source and cluster; each takes several values, or all. */
const variables = {
  instance: { label: 'Broker', query: `label_values(up{job="kafka", ${cluster}}, instance)` },
  broker: { label: 'Broker', query: `label_values(kafka_broker_up{${cluster}}, broker)` },
  topic: { label: 'Topic', query: `label_values(kafka_topic_partitions{${cluster}}, topic)` },
  group: { label: 'Group', query: `label_values(kops_group_members{${cluster}}, group)` },
  node: { label: 'Node', query: `label_values(kops_zookeeper_up{${cluster}}, node)` }
}
export type VariableName = keyof typeof variables

type Unnumbered<T> = Omit<T, 'id'>

export interface DashboardRow {
  title: string
  /** At most ten panels: their ids count up from the row's id. */
  panels: (({ type: 'stat' } & Unnumbered<StatOptions>) | ({ type: 'lines' } & Unnumbered<TimeSeriesOptions>))[]
}

export interface DashboardOptions {
  /** Never change it: links to a dashboard contain it. */
  uid: string
  title: string
  description: string
  variables: VariableName[]
  /** Rows and panels keep their ids while their order stays the same. */
  rows: DashboardRow[]
  /** Whether to mark the phases of drills. */
  marksDrills?: boolean
}

/** A dashboard of this project: all share the same variables, links, refresh interval and time range. */
export function kopsDashboard(options: DashboardOptions): Dashboard {
  const dashboard = startDashboard(options)
  for (const [index, { title, panels }] of options.rows.entries()) {
    const id = (index + 1) * 10
    dashboard.withRow(new RowBuilder(title).id(id))
    for (const [offset, panel] of panels.entries()) {
      const numbered = { ...panel, id: id + offset + 1 }
      dashboard.withPanel(numbered.type === 'stat' ? stat(numbered) : timeSeries(numbered))
    }
  }
  return dashboard.build()
}

/** The same without rows, for a dashboard that lays out its own panels. */
export function startDashboard(options: Omit<DashboardOptions, 'rows'>): DashboardBuilder {
  const { uid, title, description, marksDrills = false } = options
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['kafka', 'kops'])
    .readonly()
    .refresh('15s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Kafka')
        .type(DashboardLinkType.Dashboards)
        .tags(['kops'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true)
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(labelVariable('cluster', 'Cluster', 'label_values(up{job="kafka"}, cluster)'))
  for (const name of options.variables) {
    dashboard.withVariable(labelVariable(name, variables[name].label, variables[name].query))
  }
  if (marksDrills) dashboard.annotation(drillPhases())
  return dashboard
}

function labelVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: ['All'], value: ['$__all'] })
}

/** Marks each phase of a drill as a region in all panels. */
function drillPhases(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Drills')
    .datasource(datasource)
    .enable(true)
    .iconColor('orange')
    .expr(`max by (kind, node, phase) (kops_drill_phase{${cluster}})`)
    .titleFormat('{{kind}} of {{node}}: {{phase}}')
    .tagKeys('kind,node,phase')
    .step('15s')
}
