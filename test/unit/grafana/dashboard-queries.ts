import { dashboardFiles } from '../../../grafana/dashboard-files.ts'

/** The part of a dashboard's JSON that the tests use. */
export interface DashboardJson {
  uid: string
  title: string
  annotations?: { list?: { expr?: string }[] }
  editable: boolean
  templating: { list: { name: string; type: string; query: string | { query: string } }[] }
  panels: PanelJson[]
}

export interface PanelJson {
  id: number
  type: string
  title: string
  description?: string
  datasource?: { uid: string }
  gridPos: { x: number; y: number; w: number; h: number }
  targets?: { refId: string; expr: string; datasource?: { uid: string } }[]
  fieldConfig?: { defaults: { unit?: string } }
}

export function dashboards(): { file: string; dashboard: DashboardJson }[] {
  return Object.entries(dashboardFiles()).map(([file, text]) => ({ file, dashboard: JSON.parse(text) }))
}

/** Panels that show something; rows only hold them together. */
export function panelsOf(dashboard: DashboardJson): PanelJson[] {
  return dashboard.panels.filter(({ type }) => type !== 'row')
}

/** Each query as Grafana sends it when all variables are at All. */
export function queriesOf(dashboard: DashboardJson): { panel: string; refId: string; expression: string }[] {
  return panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, expr }) => ({ panel: title, refId, expression: fill(expr, dashboard) }))
  )
}

function fill(expression: string, { templating }: DashboardJson): string {
  let filled = expression.replaceAll('$__rate_interval', '1m')
  for (const { name } of templating.list) filled = filled.replaceAll(`$${name}`, '.+')
  return filled
}
