import type { Scorecard, ScorecardCell, ScorecardConfiguration } from '#shared/contracts/drill-scorecard.ts'
import { configurationInWords, configurationName, measuredOf } from '#shared/drill-scorecard.ts'
import { span } from '#shared/reports/figures.ts'
import { counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'

const colours = { pass: 'green', fail: 'red', inconclusive: 'yellow' } as const
/** So many fit into 80 columns. */
const mostConfigurations = 2
const mostDifferences = 3

/** The kinds of drills by the configurations that they ran in. */
export function printScorecard(output: Output, { cells, configurations, repeated }: Scorecard): void {
  if (cells.length === 0) {
    output.print(paint('dim', 'no drill has a verdict yet: kops drill broker-stop kafka-1'))
    return
  }
  const shown = configurations.slice(0, mostConfigurations)
  const kinds = Array.from(new Set(cells.map(({ kind }) => kind)))
  const cellOf = (kind: string, hash: string | null) =>
    cells.find((cell) => cell.kind === kind && cell.configuration === hash)
  const known = kinds.filter((kind) => shown.some(({ hash }) => cellOf(kind, hash)))
  output.print(
    table(
      ['KIND', ...shown.map((each) => configurationName(each))],
      known.map((kind) => [kind, ...shown.map(({ hash }) => cellText(cellOf(kind, hash)))])
    )
  )
  output.print(paint('dim', 'verdict, passed of all, new leaders or committed reads (! unpredicted), age'))
  for (const configuration of configurations) printConfiguration(output, configuration)
  for (const { kind, id, result, repeats, reproduced } of repeated) {
    output.print(`${kind} ${id}, ${result}: reproduced ${reproduced} of ${repeats}`)
  }
}

function cellText(cell: ScorecardCell | undefined): string {
  if (!cell) return '-'
  const { last, passed, drills } = cell
  const { seconds: measured, outside } = measuredOf(cell)
  const texts = [
    paint(colours[last.result], last.result),
    `${passed}/${drills}`,
    ...(measured === null ? [] : [`${measured.toFixed(1)}s${outside ? '!' : ''}`]),
    // Two columns of the longest have room in 80 characters beside the longest kind.
    span(last.ageSeconds).replaceAll(' ', '')
  ]
  return texts.join(' ')
}

function printConfiguration(output: Output, configuration: ScorecardConfiguration): void {
  const { hash, differences } = configuration
  if (hash === null) return
  output.print(paint('dim', `${hash.slice(0, 8)}: ${configurationInWords(configuration)}`))
  for (const { part, was, now } of differences.slice(0, mostDifferences)) {
    output.print(paint('dim', `  ${plain(part)}: ${plain(was ?? 'none')}, now ${plain(now ?? 'none')}`))
  }
  if (differences.length > mostDifferences) {
    output.print(paint('dim', `  and ${counted(differences.length - mostDifferences, 'more difference')}: --json`))
  }
}
