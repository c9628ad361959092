import Value from 'typebox/value'
import type { Client } from '#shared/client/client.ts'
import { type AuditEvent, AuditEventSchema } from '#shared/contracts/audit.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { given } from './given.ts'
import { UsageError } from './output.ts'
import { readJson } from './standard-input.ts'

const pageSize = 1000

/**
 * Every event of the audit trail, as it was written, oldest first.
 * @param from ISO-8601; undefined: from the beginning
 * @throws KopsError cluster_unreachable if a part cannot be read, because a trail with holes must not look like one
 */
export async function readTrail(client: Client, from: string | undefined): Promise<AuditEvent[]> {
  const events: AuditEvent[] = []
  let cursor: string | undefined
  do {
    const query = given({ from, limit: pageSize, cursor })
    const page = await client.call(endpoints.searchAudit, { query, timeoutMs: 60_000 })
    const [unread] = page.warnings.filter(({ code }) => code !== 'search_cut')
    if (unread)
      throw new KopsError('cluster_unreachable', `the audit trail cannot be read completely: ${unread.message}`)
    for (const { concludedAs: _found, ...event } of page.events) events.push(event)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return inOrder(events)
}

/** By time, and the events of each writer by their places: a clock that was set back changes no order of a chain. */
export function inOrder(events: readonly AuditEvent[]): AuditEvent[] {
  const sorted = events.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const placed = sorted.filter(({ chain }) => chain !== undefined)
  const queues = Map.groupBy(
    placed.toSorted((a, b) => (a.chain?.sequence ?? 0) - (b.chain?.sequence ?? 0)),
    ({ chain }) => chain?.writer
  )
  return sorted.map((event) => (event.chain && queues.get(event.chain.writer)?.shift()) ?? event)
}

/** The events of an export. @throws UsageError naming the line that is no event */
export function parseTrail(text: string, file: string): AuditEvent[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const where = `line ${index + 1} of ${file}`
    const event = readJson(line, where)
    if (!Value.Check(AuditEventSchema, event)) throw new UsageError(`${where} is not an audit event`)
    return [event]
  })
}
