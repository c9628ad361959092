import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { auditRetentionMs } from '#shared/audit/settings.ts'
import { type ChainReport, verifyChain } from '#shared/audit/verify-chain.ts'
import { printTable, type ReadOptions, show } from '../answer.ts'
import { parseTrail, readTrail } from '../audit-trail.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { examples, instant, reads, several } from '../options.ts'
import { type Output, paint } from '../output.ts'
import { plain } from '../paint.ts'
import { readText } from '../standard-input.ts'

/** An event takes no longer from its recording to the topic. */
const settleMs = 15_000

interface VerifyOptions extends ReadOptions {
  since?: string
  head?: string[]
  file?: string
}

/** `kops audit export` and `kops audit verify` */
export function addAuditChainCommands(audit: Command, context: CommandContext): void {
  const { output } = context
  examples(
    audit
      .command('export')
      .description('every event as JSON lines, oldest first, as it was written')
      .option('--since <time>', 'start: 2026-01-31T12:00:00Z, or 7d ago', (value) => instant(value))
      .option('--output <file>', 'write to this file'),
    'audit export --output audit-2026-01.jsonl'
  ).action(async ({ since, output: file }: { since?: string; output?: string }) => {
    const events = await readTrail(await clientFor(context), since)
    if (file === undefined) {
      for (const event of events) output.print(JSON.stringify(event))
      return
    }
    await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''), { mode: 0o600 })
    output.error(`${events.length} events in ${file}`)
  })

  examples(
    reads(
      audit
        .command('verify')
        .description('check that no event of the trail is missing or was changed; exit code 5 if one was')
        .option('--since <time>', 'judge events from then on; by default those of 30 days', (value) => instant(value))
        .option(
          '--head <hash>',
          'a head of an earlier verification, which must still be there; may be repeated',
          several
        )
        .option('--file <file>', 'an export, or the trail of an agent; - for standard input')
    ),
    'audit verify',
    'audit verify --head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'audit verify --file audit-2026-01.jsonl --since 2026-01-01T00:00:00Z'
  ).action(async ({ since, head = [], file, json }: VerifyOptions) => {
    const now = Date.now()
    const from = since ?? new Date(now - auditRetentionMs).toISOString()
    const events =
      file === undefined ? await readTrail(await clientFor(context), from) : parseTrail(await readText(file), file)
    const report = verifyChain(events, {
      heads: head,
      since: new Date(from),
      ...(file === undefined ? { until: new Date(now - settleMs) } : {})
    })
    show(output, { json }, report, () => printReport(output, report))
    if (report.intact) return
    process.exitCode = exit.verdict
    const [first] = report.findings
    output.error(paint('red', `kops: the audit trail is broken: ${plain(first?.message ?? '')}`))
  })
}

export function printReport(output: Output, { intact, events, chains, findings }: ChainReport): void {
  printTable(
    output,
    ['CHAIN', 'EVENTS', 'FROM', 'TO', 'HEAD'],
    chains.map(({ writer, events, first, last, head }) => [
      plain(writer),
      String(events),
      `${first.sequence} at ${first.at}`,
      `${last.sequence} at ${last.at}`,
      head
    ]),
    'No event has a place in a chain.'
  )
  for (const { kind, broken, message } of findings) {
    output.print(`${broken ? paint('red', kind) : paint('dim', kind)}: ${plain(message)}`)
  }
  if (!intact) return
  const newest = chains.length > 0 ? ' Keep the heads elsewhere: only they show that newer events were cut off.' : ''
  output.print(`${paint('green', 'intact')}: ${events} events.${newest}`)
}
