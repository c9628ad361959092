import { query, setQuery } from '../app/location.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, Partial, ReadingView } from '../ui/states.tsx'
import { AlertItems } from './alert-items.tsx'
import { isOpenAlert } from './open-alerts.ts'

const everyMs = 5000
const severities = ['critical', 'warning'] as const

/** What fires, the most severe first; then what has ended within the last hour. */
export function AlertsPage() {
  const severity = severities.find((each) => each === query.value.get('severity'))
  const parts = { query: severity ? { severity } : {} }
  const alerts = useReading('GET /api/alerts', parts, everyMs)
  useShownCall('GET /api/alerts', parts)
  return (
    <>
      <PageHeader title="Alerts" asOf={alerts.value?.asOf ?? undefined} everyMs={everyMs}>
        <CopyShownCall />
      </PageHeader>
      <fieldset class="chips">
        <legend class="visually-hidden">Severity</legend>
        {[undefined, ...severities].map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={severity === each}
            onClick={() => setQuery({ severity: each })}
          >
            {each ?? 'All'}
          </button>
        ))}
      </fieldset>
      <ReadingView reading={alerts} what="the alerts">
        {({ alerts: all, warnings, asOf }) => {
          const open = all.filter(isOpenAlert)
          const held = all.filter((alert) => alert.status === 'firing' && !isOpenAlert(alert))
          const resolved = all.filter(({ status }) => status === 'resolved')
          return (
            <>
              <Partial warnings={warnings} />
              {asOf === null && <p class="notice">Alertmanager has not been read yet, or has never notified kops.</p>}
              {open.length === 0 ? (
                <Empty
                  what="firing alerts"
                  filtered={severity !== undefined}
                  onClear={() => setQuery({ severity: undefined })}
                />
              ) : (
                <AlertItems alerts={open} />
              )}
              {held.length > 0 && (
                <>
                  <h2>Held back</h2>
                  <AlertItems alerts={held} />
                </>
              )}
              {resolved.length > 0 && (
                <>
                  <h2>Resolved within the last hour</h2>
                  <AlertItems alerts={resolved} />
                </>
              )}
            </>
          )
        }}
      </ReadingView>
      <p>
        <a href="/runbooks">All runbooks</a>
      </p>
    </>
  )
}
