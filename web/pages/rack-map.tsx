import type { BrokerHealth } from '#shared/contracts/broker-health.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { WhatIf, WhatIfScenario } from '#shared/contracts/what-if.ts'
import { addresses } from '../app/pages.ts'
import { counted, formatBytes, formatSeconds } from '../format/numbers.ts'
import { StatusMark } from '../ui/status-mark.tsx'
import { Count, Figure } from '../ui/values.tsx'

/** Brokers where they stand: what each has, and what losing it would do now. */
export function RackMap({ health, whatIf }: { health: ClusterHealth; whatIf: WhatIf | undefined }) {
  const racks = Map.groupBy(health.brokers, ({ rack }) => rack ?? '')
  return (
    <div class="racks">
      {[...racks].map(([rack, brokers]) => (
        <section class="rack" key={rack} aria-label={rack === '' ? 'Without a rack' : `Rack ${rack}`}>
          {rack !== '' && <h3>{rack}</h3>}
          {brokers.map((broker) => (
            <BrokerCard
              key={broker.name}
              broker={broker}
              scenario={whatIf?.scenarios.find(({ kind, name }) => kind === 'broker' && name === broker.name)}
            />
          ))}
        </section>
      ))}
    </div>
  )
}

function BrokerCard({ broker, scenario }: { broker: BrokerHealth; scenario: WhatIfScenario | undefined }) {
  const { id, name, reachable, controller, leaders, partitions, responseTimeMs } = broker
  return (
    <article class={`broker-card ${reachable ? '' : 'is-down'}`}>
      <h4>
        <StatusMark mark={reachable ? 'healthy' : 'down'} word={reachable ? 'answers' : 'does not answer'} quiet />{' '}
        {id === null ? name : <a href={addresses.broker(id)}>{name}</a>}
        {controller && <span class="badge">controller</span>}
      </h4>
      <dl class="pairs">
        <Figure name="Leaders">
          <Count value={leaders} reason={reachable ? undefined : 'broker_unreachable'} />
        </Figure>
        <Figure name="Replicas">
          <Count value={partitions} />
        </Figure>
        <Figure name="Answers in">{responseTimeMs === null ? '—' : formatSeconds(responseTimeMs / 1000)}</Figure>
      </dl>
      <DiskBars broker={broker} />
      {scenario && <Loss scenario={scenario} />}
    </article>
  )
}

/** How full the volumes are. */
export function DiskBars({ broker: { logDirs } }: { broker: Pick<BrokerHealth, 'logDirs'> }) {
  if (logDirs === null) return <p class="muted">Disk: not known</p>
  return (
    <>
      {logDirs.map(({ dir, online, sizeBytes, totalBytes, usableBytes }) => {
        if (!online)
          return (
            <p key={dir} class="text-down">
              ■ {dir} is offline
            </p>
          )
        if (totalBytes === null || usableBytes === null) {
          return (
            <p key={dir} class="muted">
              {formatBytes(sizeBytes)} of records
            </p>
          )
        }
        const used = totalBytes === 0 ? 0 : 1 - usableBytes / totalBytes
        return (
          <div key={dir} class="disk" title={dir}>
            <meter
              min={0}
              max={1}
              low={0.7}
              high={0.85}
              optimum={0}
              value={used}
              aria-label={`Used of the disk of ${dir}`}
            />
            <span>
              {formatBytes(usableBytes)} free of {formatBytes(totalBytes)}
            </span>
          </div>
        )
      })}
    </>
  )
}

/** What the loss of a broker would do now. */
export function Loss({ scenario }: { scenario: WhatIfScenario }) {
  const { serves, leaders, offline, writesStop, unclean, restart } = scenario
  if (!serves) return <p class="muted">It serves nothing now: losing it changes nothing.</p>
  const [gone, refusing] = [partitionsOf(offline), writesStop ? partitionsOf(writesStop) : 0]
  const harm = [
    gone > 0 ? `${gone} without a leader` : '',
    refusing > 0 ? `${refusing} refuse writes` : '',
    unclean > 0 ? `${unclean} lose records` : ''
  ].filter(Boolean)
  return (
    <p class="loss">
      <span class="muted">If lost:</span> {counted(leaders, 'leader')} {leaders === 1 ? 'moves' : 'move'}
      {harm.length > 0 && <strong class="text-down">, {harm.join(', ')}</strong>}.{' '}
      {restart.safe ? (
        <span class="text-healthy">● May be restarted.</span>
      ) : (
        <span class="text-degraded">▲ Do not restart: {restart.reasons[0]?.message}</span>
      )}
    </p>
  )
}

function partitionsOf({ degraded, configuration, singleReplica }: WhatIfScenario['offline']): number {
  return degraded + configuration + singleReplica
}
