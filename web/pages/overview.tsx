import type { AlertList } from '#shared/contracts/alerts.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { addresses } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Partial, ReadingView } from '../ui/states.tsx'
import { markOfStatus, StatusMark } from '../ui/status-mark.tsx'
import { Count, Figure, Since, Trouble } from '../ui/values.tsx'
import { AlertItems } from './alert-items.tsx'
import { Ensemble } from './ensemble.tsx'
import { GroupTable } from './group-table.tsx'
import { isOpenAlert } from './open-alerts.ts'
import { RackMap } from './rack-map.tsx'

const everyMs = 5000
/** How many of the worst groups are shown. */
const worstGroups = 5

/** What is wrong, since when, what it means and what to do; then where. */
export function OverviewPage() {
  const health = useReading('GET /api/health', {}, everyMs)
  const alerts = useReading('GET /api/alerts', { query: { status: 'firing' } }, everyMs)
  const whatIf = useReading('GET /api/health/what-if', { query: {} }, 15_000)
  useShownCall('GET /api/health', {})
  return (
    <>
      <PageHeader title="Overview" asOf={health.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
      </PageHeader>
      <ReadingView reading={health} what="the health of the cluster" lines={8}>
        {(value) => (
          <>
            <StatusPanel health={value} />
            <FiringAlerts alerts={alerts.value} />
            <Partial warnings={value.warnings} />
            <section aria-labelledby="brokers-heading">
              <h2 id="brokers-heading">
                Brokers <a href="/brokers">{counted(value.brokers.length, 'broker')}</a>
              </h2>
              <RackMap health={value} whatIf={whatIf.value} />
            </section>
            <section aria-labelledby="ensemble-heading">
              <h2 id="ensemble-heading">{value.quorum ? 'Metadata quorum' : 'ZooKeeper'}</h2>
              <Ensemble health={value} />
            </section>
            <section aria-labelledby="groups-heading">
              <h2 id="groups-heading">
                Worst consumer groups <a href="/groups">all {value.groups.length}</a>
              </h2>
              {value.groups.length === 0 ? (
                <p class="muted">There are no consumer groups.</p>
              ) : (
                <GroupTable label="Worst consumer groups" groups={value.groups.slice(0, worstGroups)} />
              )}
            </section>
          </>
        )}
      </ReadingView>
    </>
  )
}

function StatusPanel({ health }: { health: ClusterHealth }) {
  const { status, reasons, score, partitions, affected } = health
  return (
    <section class={`status-panel status-${markOfStatus[status]}`} aria-label="Status">
      <p class="status-line">
        <StatusMark mark={markOfStatus[status]} word={status} />
        <span class="muted">score {score.score} of 100</span>
      </p>
      {reasons.length === 0 ? (
        <p>Nothing is wrong: every broker answers and every partition has all of its replicas in sync.</p>
      ) : (
        <ul class="reasons">
          {reasons.map(({ code, message, severity, since, runbook, command }) => (
            <li key={`${code}${message}`}>
              <StatusMark mark={severity === 'down' ? 'down' : 'degraded'} word={severity} quiet />
              <div>
                <p>
                  <strong>{message}</strong>{' '}
                  <span class="muted">
                    for <Since at={since} />
                  </span>
                </p>
                <p class="todo">
                  <CommandLine text={command} /> <a href={`/runbooks/${encodeURIComponent(runbook)}`}>Runbook</a>
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
      {partitions && (
        <dl class="figures">
          <Figure name="Partitions">
            <Count value={partitions.total} />
          </Figure>
          <Figure name="Without a leader">
            <Trouble value={partitions.offline} level="down" />
          </Figure>
          <Figure name="Under min-ISR">
            <Trouble value={partitions.underMinIsr} level="down" />
          </Figure>
          <Figure name="Under-replicated">
            <Trouble value={partitions.underReplicated} level="degraded" />
          </Figure>
          <Figure name="At min-ISR">
            <Trouble value={partitions.atMinIsr} level="degraded" />
          </Figure>
        </dl>
      )}
      {affected && affected.topics.length > 0 && (
        <p>
          Affected:{' '}
          {affected.topics.slice(0, 6).map(({ topic, trouble, count }, index) => (
            <span key={`${topic}${trouble}`}>
              {index > 0 && ', '}
              <a href={addresses.topic(topic)}>{topic}</a>{' '}
              <span class="muted">
                ({count} {troubleWords[trouble]})
              </span>
            </span>
          ))}
          {affected.topics.length + affected.omitted > 6 && (
            <>
              {' '}
              and{' '}
              <a href="/topics?trouble=any&sort=trouble&order=desc">
                {affected.topics.length + affected.omitted - 6} more
              </a>
            </>
          )}
        </p>
      )}
    </section>
  )
}

const troubleWords = {
  offline: 'without a leader',
  under_min_isr: 'under min-ISR',
  under_replicated: 'under-replicated',
  unconfirmed: 'unconfirmed'
} as const

function FiringAlerts({ alerts }: { alerts: AlertList | undefined }) {
  const firing = alerts?.alerts.filter(isOpenAlert) ?? []
  if (firing.length === 0) return null
  return (
    <section aria-labelledby="alerts-heading">
      <h2 id="alerts-heading">
        {counted(firing.length, 'alert')} firing <a href="/alerts">all alerts</a>
      </h2>
      <AlertItems alerts={firing.slice(0, 5)} />
    </section>
  )
}
