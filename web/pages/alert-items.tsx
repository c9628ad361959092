import type { Alert } from '#shared/contracts/alerts.ts'
import { type Mark, StatusMark } from '../ui/status-mark.tsx'
import { Since, Time } from '../ui/values.tsx'

/** Alerts with what they mean and where it says what to do. */
export function AlertItems({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <ul class="reasons">
      {alerts.map((alert) => (
        <AlertItem key={`${alert.fingerprint}${alert.status}`} alert={alert} />
      ))}
    </ul>
  )
}

function AlertItem({ alert }: { alert: Alert }) {
  const { name, status, severity, summary, description, runbookUrl, startsAt, endsAt, silencedBy, inhibitedBy } = alert
  const held = silencedBy.length > 0 ? 'silenced' : inhibitedBy.length > 0 ? 'inhibited' : undefined
  return (
    <li>
      <StatusMark mark={markOf(alert)} word={severity ?? 'alert'} quiet />
      <div>
        <p>
          <strong>{summary ?? name}</strong>{' '}
          <span class="muted">
            {severity && `${severity}, `}
            {status === 'firing' ? (
              <>
                for <Since at={startsAt} />
              </>
            ) : (
              <>resolved {endsAt && <Time at={endsAt} named />}</>
            )}
            {held && `, ${held}: nobody is notified`}
          </span>
        </p>
        {description && <p>{description}</p>}
        <p class="muted">
          <code>{name}</code> {runbookUrl && <a href={`/runbooks/${runbookOf(runbookUrl)}`}>Runbook</a>}
        </p>
      </div>
    </li>
  )
}

function markOf({ status, severity }: Alert): Mark {
  if (status === 'resolved') return 'healthy'
  return severity === 'critical' ? 'down' : 'degraded'
}

/** The name of the runbook: this address has its page, too. */
function runbookOf(url: string): string {
  return encodeURIComponent(url.split(/[?#]/)[0]?.split('/').pop() ?? '')
}
