import { type Command, Option } from 'commander'
import { Type } from 'typebox'
import Value from 'typebox/value'
import type { AuditEvent, AuditList, AuditOutcome } from '#shared/contracts/audit.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { printTable, type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { examples, instant, reads, wholeNumber } from '../options.ts'
import { type Output, paint } from '../output.ts'
import { plain } from '../paint.ts'
import { addAuditChainCommands } from './audit-chain.ts'

const EndedJobSchema = Type.Object({ status: Type.String(), verdict: Type.Optional(Type.String()) })

const outcomes = ['requested', 'applied', 'planned', 'denied', 'refused', 'failed'] as const satisfies AuditOutcome[]

interface SearchOptions extends ReadOptions {
  actor?: string
  action?: string
  target?: string
  outcome?: AuditOutcome
  requestId?: string
  from?: string
  to?: string
  limit: number
}

/** `kops audit …` */
export function addAuditCommands(audit: Command, context: CommandContext): void {
  examples(audit, 'audit search --from 1h', 'audit search --target orders --action topic.delete', 'audit verify')
  reads(
    audit
      .command('search')
      .description('requested changes, newest first; --json includes the state before and after')
      .option('--actor <name>', 'by whom')
      .option('--action <action>', 'topic.delete, group.reset-offsets, …')
      .option('--target <name>', 'what it was done to')
      .addOption(new Option('--outcome <outcome>', 'what became of it').choices(outcomes))
      .option('--request-id <id>', 'as an error names it')
      .option('--from <time>', 'start: 2026-01-31T12:00:00Z, or 2h ago', (value) => instant(value))
      .option('--to <time>', 'until then', (value) => instant(value))
      .option('--limit <count>', 'maximum number of events', wholeNumber, 100)
  ).action(async ({ json, ...query }: SearchOptions) => {
    const client = await clientFor(context)
    const list = await client.call(endpoints.searchAudit, { query: given(query), timeoutMs: 60_000 })
    show(context.output, { json }, list, () => printEvents(context.output, list, query.outcome))
  })
  addAuditChainCommands(audit, context)
}

const colours = { applied: 'green', denied: 'red', refused: 'yellow', failed: 'red', planned: 'dim' } as const

function printEvents(output: Output, { events }: AuditList, asked: AuditOutcome | undefined): void {
  // A request is of interest only while its outcome is unknown.
  const ended = new Set(events.filter(({ outcome }) => outcome !== 'requested').map(({ requestId }) => requestId))
  const shown = events.filter(({ outcome, requestId }) => asked || outcome !== 'requested' || !ended.has(requestId))
  const rows = shown.map((event) => [
    event.at.replace(/\.\d+Z$/, 'Z'),
    plain(event.actor.name),
    plain(event.action),
    cut(plain(event.target)),
    event.outcome === 'requested' ? event.outcome : paint(colours[event.outcome], event.outcome),
    why(event)
  ])
  printTable(output, ['TIME', 'WHO', 'ACTION', 'TARGET', 'OUTCOME', 'WHY'], rows, 'No changes were requested.')
}

/** A request may name hundreds of topics: --json lists them all. */
function cut(target: string): string {
  return target.length > 60 ? `${target.slice(0, 57)}...` : target
}

function why({ reason, error, outcome, action, after }: AuditEvent): string {
  const parts = [
    reason ?? '',
    error && outcome !== 'applied' ? error.code : '',
    action.endsWith('.end') ? resultOf(after) : ''
  ]
  return plain(parts.filter(Boolean).join('; '))
}

/** Of a drill or a load test that has ended: the verdict and the status, as far as there are any. */
function resultOf(after: unknown): string {
  if (!Value.Check(EndedJobSchema, after)) return ''
  return after.verdict === undefined ? after.status : `${after.status}: ${after.verdict}`
}
