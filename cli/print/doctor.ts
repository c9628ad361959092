import type { DoctorFinding, DoctorReport, DoctorSeverity } from '#shared/contracts/doctor.ts'
import { counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'

const colours = { ok: 'green', info: 'dim', warning: 'yellow', error: 'red', unknown: 'yellow' } as const

/** The findings, a table for each area, with what to do below each problem; then how many there are of what. */
export function printDoctor(output: Output, report: DoctorReport, problemsOnly: boolean): void {
  const shown = report.findings.filter(({ severity }) => !problemsOnly || isProblem(severity))
  for (const [area, findings] of Map.groupBy(shown, ({ area }) => area)) {
    output.print(paint('bold', area))
    output.print(table(['', 'CHECK', 'FOUND'], findings.flatMap(rowsOf)))
    output.print('')
  }
  const { ok, info, warning, error, unknown } = report.counts
  const counts = [
    paint(error > 0 ? 'red' : 'green', counted(error, 'error')),
    counted(warning, 'warning'),
    `${unknown} unknown`,
    `${info} to know`,
    `${ok} ok`
  ]
  output.print(`${counts.join(', ')}, in ${(report.durationMs / 1000).toFixed(1)} s`)
  if (!report.production) output.print(paint('dim', "kops doctor --production goes through production's checklist"))
}

export function isProblem(severity: DoctorSeverity): boolean {
  return severity !== 'ok' && severity !== 'info'
}

/** The name of the check is its id without the area, which is above. */
function rowsOf({ id, area, severity, found, advice }: DoctorFinding): string[][] {
  const row = [paint(colours[severity], severity.padEnd('warning'.length)), id.slice(area.length + 1), plain(found)]
  return advice === null ? [row] : [row, ['', '', `-> ${plain(advice)}`]]
}
