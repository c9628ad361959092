import type { Command } from 'commander'
import type { Drill } from '#shared/contracts/drills.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { drillHtml } from '../drills/report-html.ts'
import { drillsJunit } from '../drills/report-junit.ts'
import { drillMarkdown } from '../drills/report-markdown.ts'
import { examples } from '../options.ts'
import { writeReport } from '../reports/write-report.ts'
import { addDrillRepeatCommand } from './drill-repeat.ts'
import { addDrillScorecardCommand } from './drill-scorecard.ts'

const renderers = {
  html: drillHtml,
  junit: (drill: Drill) => drillsJunit([drill]),
  markdown: drillMarkdown,
  json: (drill: Drill) => `${JSON.stringify(drill, null, 2)}\n`
}
type Format = keyof typeof renderers

/** `kops drill report`, one drill as files of several formats at once, `kops drill scorecard`, all of them, and `repeat`. */
export function addDrillReportCommand(drill: Command, context: CommandContext): void {
  examples(
    drill
      .command('report')
      .description('write the report of a drill, for people or programs; without a file, prints Markdown')
      .argument('<id>')
      .option('--html <file>', 'one file with the timeline drawn')
      .option('--junit <file>', 'JUnit XML, for a build: what could not be judged is an error')
      .option('--markdown <file>', 'for a pull request')
      .option('--json <file>', 'the whole record'),
    'drill report 20260131T123456-9f3a1c --html drill.html --junit drill.xml'
  ).action(async (id: string, files: Partial<Record<Format, string>>) => {
    const { output } = context
    const client = await clientFor(context)
    const record = await client.call(endpoints.drill, { params: { id } })
    const wanted = (Object.keys(renderers) as Format[]).filter((format) => files[format] !== undefined)
    if (wanted.length === 0) return output.print(drillMarkdown(record).trimEnd())
    for (const format of wanted) await writeReport(output, files[format] ?? '', renderers[format](record))
  })
  addDrillScorecardCommand(drill, context)
  addDrillRepeatCommand(drill, context)
}
