import { useState } from 'preact/hooks'
import type { BrokerConfigEntry } from '#shared/contracts/brokers.ts'
import type { ExpectedSeconds, LossKind, WhatIfScenario } from '#shared/contracts/what-if.ts'
import { addresses } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted, formatBytes, formatSeconds } from '../format/numbers.ts'
import { configSources } from '../format/reasons.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Bytes, Count, Figure, Since, Trouble, Unknown } from '../ui/values.tsx'

const everyMs = 5000

/** One broker: what it has, and what its loss would do. */
export function BrokerPage({ broker: brokerId }: { broker: number }) {
  const parts = { params: { brokerId } }
  const reading = useReading('GET /api/brokers/{brokerId}', parts, everyMs)
  useShownCall('GET /api/brokers/{brokerId}', parts)
  return (
    <>
      <p class="crumbs">
        <a href="/brokers">Brokers</a>
      </p>
      <PageHeader title={`kafka-${brokerId}`} asOf={reading.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
      </PageHeader>
      <ReadingView reading={reading} what="the broker" lines={6}>
        {({ broker, warnings }) => (
          <>
            <p class="health-line">
              <StatusMark
                mark={broker.reachable ? (broker.outOfSync > 0 ? 'degraded' : 'healthy') : 'down'}
                word={broker.reachable ? (broker.outOfSync > 0 ? 'catching up' : 'in sync') : 'does not answer'}
              />
              <span>{broker.host === null ? 'the cluster does not see it' : `${broker.host}:${broker.port}`}</span>
              <span>{broker.rack === null ? 'without a rack' : `in ${broker.rack}`}</span>
              {broker.controller && <span class="badge">controller</span>}
            </p>
            <Partial warnings={warnings} />
            <dl class="figures">
              <Figure name="Leaders">
                {broker.leaders} <small class="muted">of {broker.preferredLeaders} preferred</small>
              </Figure>
              <Figure name="Replicas">
                <Count value={broker.replicas} />
              </Figure>
              <Figure name="Out of sync">
                <Trouble value={broker.outOfSync} level="degraded" />
              </Figure>
              <Figure name="Records">
                <Bytes value={broker.sizeBytes} reason="broker_unreachable" />
              </Figure>
            </dl>
            <h2>Disks</h2>
            {broker.logDirs === null ? (
              <p>
                <Unknown reason="broker_unreachable" />
              </p>
            ) : (
              <ul class="nodes">
                {broker.logDirs.map(({ path, replicas, sizeBytes, totalBytes, usableBytes, error }) => (
                  <li key={path}>
                    <code>{path}</code> {counted(replicas, 'replica')}, {formatBytes(sizeBytes)}
                    {usableBytes !== null && totalBytes !== null && (
                      <span class="muted">
                        {formatBytes(usableBytes)} free of {formatBytes(totalBytes)}
                      </span>
                    )}
                    {error && <strong class="text-down"> ■ {error}</strong>}
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
      </ReadingView>
      <WhatIfSection broker={brokerId} />
      <BrokerSettings broker={brokerId} />
    </>
  )
}

const losses: readonly [LossKind, string][] = [
  ['kill', 'It dies'],
  ['stop', 'It is stopped'],
  ['pause', 'It hangs']
]

function WhatIfSection({ broker }: { broker: number }) {
  const [how, setHow] = useState<LossKind>('kill')
  const reading = useReading('GET /api/health/what-if', { query: { broker, how, limit: 10 } }, 15_000)
  return (
    <section aria-labelledby="what-if-heading">
      <h2 id="what-if-heading">What if</h2>
      <fieldset class="chips">
        <legend class="visually-hidden">How it is lost</legend>
        {losses.map(([kind, label]) => (
          <button key={kind} type="button" aria-pressed={how === kind} onClick={() => setHow(kind)}>
            {label}
          </button>
        ))}
      </fieldset>
      <ReadingView reading={reading} what="the prediction">
        {({ scenarios: [scenario], detail }) =>
          scenario === undefined ? (
            <p class="muted">Nothing is known of its loss.</p>
          ) : (
            <>
              <Prediction scenario={scenario} />
              {detail && detail.offline.length > 0 && (
                <p>
                  Without a leader:{' '}
                  {detail.offline.map(({ topic, partition }) => (
                    <a key={`${topic}-${partition}`} href={addresses.topic(topic)}>
                      {topic}-{partition}{' '}
                    </a>
                  ))}
                </p>
              )}
              <p class="todo">
                <a href={`/reassignments?do=drain&broker=${broker}`}>Plan a drain</a>
                <CommandLine text={`kops can-restart kafka-${broker}`} />
                <CommandLine text={`kops brokers drain kafka-${broker} --dry-run`} />
              </p>
            </>
          )
        }
      </ReadingView>
    </section>
  )
}

function Prediction({ scenario }: { scenario: WhatIfScenario }) {
  const { serves, leaders, offline, writesStop, unclean, groups, quorum, seconds, restart, measured } = scenario
  if (!serves) return <p>It serves nothing now: losing it changes nothing.</p>
  const total = (counts: WhatIfScenario['offline']) => counts.degraded + counts.configuration + counts.singleReplica
  return (
    <>
      <dl class="figures">
        <Figure name="Leaders move">{leaders}</Figure>
        <Figure name="Without a leader">
          <Trouble value={total(offline)} level="down" />
        </Figure>
        <Figure name="Refuse writes">
          <Trouble value={writesStop && total(writesStop)} level="down" />
        </Figure>
        <Figure name="Lose records">
          <Trouble value={unclean} level="down" />
        </Figure>
        <Figure name="Groups move">
          <Count value={groups} />
        </Figure>
        <Figure name="Quorum">{quorum ?? '—'}</Figure>
        <Figure name="Other leaders in">{band(seconds.leaders)}</Figure>
        <Figure name="Clients wait">{band(seconds.clientGap)}</Figure>
      </dl>
      {measured && (
        <p class="muted">
          Measured by <a href={`/drills/${measured.drill}`}>a drill</a> <Since at={measured.at} /> ago:{' '}
          {measured.leadersSeconds === null ? 'not measured' : formatSeconds(measured.leadersSeconds)} until other
          leaders.
        </p>
      )}
      <p>
        <StatusMark
          mark={restart.safe ? 'healthy' : 'degraded'}
          word={restart.safe ? 'May be restarted now' : 'Do not restart now'}
        />
      </p>
      <ul>
        {[...restart.reasons, ...restart.notes].map(({ code, message }) => (
          <li key={`${code}${message}`}>{message}</li>
        ))}
      </ul>
    </>
  )
}

function band(seconds: ExpectedSeconds['leaders']): string {
  if (seconds === null) return '—'
  return seconds.min === seconds.max
    ? formatSeconds(seconds.min)
    : `${formatSeconds(seconds.min)} to ${formatSeconds(seconds.max)}`
}

function BrokerSettings({ broker }: { broker: number }) {
  const reading = useReading('GET /api/brokers/{brokerId}/configs', { params: { brokerId: broker } }, 60_000)
  const isOwn = ({ source }: BrokerConfigEntry) => source !== 'default'
  return (
    <section aria-labelledby="settings-heading">
      <h2 id="settings-heading">Settings that are not Kafka's defaults</h2>
      <ReadingView reading={reading} what="its settings">
        {({ configs }) => (
          <dl class="settings">
            {configs.filter(isOwn).map(({ name, value, source, sensitive }) => (
              <div key={name}>
                <dt>
                  <code>{name}</code>
                </dt>
                <dd>
                  <code>{sensitive ? '(secret)' : (value ?? '—')}</code>{' '}
                  <small class="muted">{configSources[source] ?? source}</small>
                </dd>
              </div>
            ))}
          </dl>
        )}
      </ReadingView>
    </section>
  )
}
