import type { AuditQuery, FoundAuditEvent } from '#shared/contracts/audit.ts'
import { query, setQuery } from '../app/location.ts'
import { call, refusal } from '../app/runtime.ts'
import { usePages } from '../app/use-pages.ts'
import { useShownCall } from '../app/use-reading.ts'
import { preferences } from '../state/preferences.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchForm } from '../ui/search-form.tsx'
import { Empty, ErrorState, Forbidden, Loading } from '../ui/states.tsx'
import { type Mark, StatusMark } from '../ui/status-mark.tsx'
import { Time } from '../ui/values.tsx'
import { auditFields, auditQuery, shownEvents } from './audit-query.ts'

const route = 'GET /api/audit'

/** Who changed what, when, and what came of it. */
export function AuditPage() {
  const why = refusal(route)
  const asked = auditQuery(query.value, preferences.value.zone)
  return (
    <>
      <PageHeader title="Audit">
        <CopyShownCall />
      </PageHeader>
      {why !== undefined ? (
        <Forbidden label="Search the audit trail" why={why} />
      ) : (
        <>
          <SearchForm
            label="Search the audit trail"
            fields={auditFields}
            wrong={'field' in asked ? { name: asked.field, message: 'is not a time like 2026-01-31 12:34' } : undefined}
          />
          {'query' in asked && <FoundEvents key={JSON.stringify(asked.query)} asked={asked.query} />}
        </>
      )}
    </>
  )
}

function FoundEvents({ asked }: { asked: AuditQuery }) {
  useShownCall(route, { query: asked })
  const { pages, problem, busy, nextCursor, readNext } = usePages((cursor) =>
    call(route, { query: { ...asked, ...(cursor && { cursor }) } }, { timeoutMs: 60_000 })
  )
  const events = pages.flatMap((page) => page.events)
  return (
    <>
      {problem && <ErrorState problem={problem} onRetry={readNext} />}
      {!busy && !problem && events.length === 0 && (
        <Empty
          what="events"
          filtered={Object.keys(asked).length > 1}
          onClear={() => setQuery(Object.fromEntries(auditFields.map(({ name }) => [name, undefined])))}
        />
      )}
      <ol class="events">
        {shownEvents(events, asked).map((event) => (
          <AuditItem key={event.id} event={event} />
        ))}
      </ol>
      {busy ? (
        <Loading what="Searching the audit trail" />
      ) : (
        nextCursor && (
          <button type="button" onClick={readNext}>
            Older events
          </button>
        )
      )}
    </>
  )
}

const marks: Record<string, Mark> = {
  applied: 'healthy',
  planned: 'unknown',
  requested: 'progress',
  unknown: 'unknown',
  denied: 'degraded',
  refused: 'degraded',
  failed: 'down'
}

function AuditItem({ event }: { event: FoundAuditEvent }) {
  const { at, actor, action, target, outcome, concludedAs, reason, error, requestId } = event
  const shown = concludedAs ?? outcome
  return (
    <li>
      <details>
        <summary>
          <Time at={at} />
          <StatusMark mark={marks[shown] ?? 'unknown'} word={shown} />
          <strong>{actor.name}</strong>
          <span>
            <code>{action}</code> {target}
          </span>
          {reason && <span class="muted">“{reason}”</span>}
        </summary>
        {error && (
          <p class="text-down">
            {error.code}: {error.detail}
          </p>
        )}
        <p class="muted">
          {actor.role ?? 'no role'}, from {actor.address};{' '}
          <a href={`/audit?requestId=${requestId}`}>request {requestId}</a>
        </p>
        <pre tabIndex={0}>
          {JSON.stringify({ request: event.request, before: event.before, after: event.after }, null, 2)}
        </pre>
      </details>
    </li>
  )
}
