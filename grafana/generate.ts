/** Writes grafana/dashboards/ from the dashboards' code. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dashboardFiles } from './dashboard-files.ts'

for (const [name, text] of Object.entries(dashboardFiles())) {
  await writeFile(join(import.meta.dirname, 'dashboards', name), text)
}
