import type { Capacity, DiskForecast } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement } from '#shared/contracts/capacity-measurement.ts'
import { diskHead, diskRow, methodsOf, rateOf } from '#shared/load-report/capacity-facts.ts'
import { grouped } from '#shared/reports/figures.ts'
import { addressOf } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { formatBytes } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Empty, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Explained, Since, Time } from '../ui/values.tsx'
import {
  type CapacityFact,
  datelessDisks,
  inSentence,
  measurementState,
  type ShownFigure,
  shownFigures
} from './capacity-figures.ts'
import { MeasureCapacity, MeasurementUnderWay } from './capacity-measure.tsx'

/** It joins Prometheus, disks and measurements: no reading for every second. */
const everyMs = 30_000
const measurements = { query: { limit: 20 } }

/** How much of what it takes the cluster uses, how that is known, and a new measurement. */
export function CapacityPage() {
  const reading = useReading('GET /api/capacity', {}, everyMs)
  const past = useReading('GET /api/capacity/measurements', measurements, 10_000)
  useShownCall('GET /api/capacity', {})
  const capacity = reading.value
  const refresh = () => {
    void reading.refresh()
    void past.refresh()
  }
  const underWay = capacity?.measuring ?? null
  return (
    <>
      <PageHeader title="Capacity" asOf={capacity?.asOf} everyMs={everyMs}>
        <CopyShownCall />
        <MeasureCapacity measuring={underWay} onStarted={refresh} />
      </PageHeader>
      <ReadingView reading={reading} what="the capacity" lines={8}>
        {(value) => (
          <>
            <p class="capacity-summary">{value.summary}</p>
            {underWay !== null && <MeasurementUnderWay key={underWay} id={underWay} onEnded={refresh} />}
            <div class="racks">
              {shownFigures(value).map((figure) => (
                <Figure key={figure.name} figure={figure} />
              ))}
            </div>
            <TrafficPart capacity={value} />
            <Disks disks={value.disks} />
          </>
        )}
      </ReadingView>
      <h2>Measurements</h2>
      <ReadingView reading={past} what="the measurements">
        {({ measurements: rows }) =>
          rows.length === 0 ? (
            <Empty what="measurements" filtered={false} />
          ) : (
            <>
              <WhyItEnded newest={rows[0]} />
              <DataTable label="Measurements" columns={measured} rows={rows} keyOf={({ id }) => id} />
            </>
          )
        }
      </ReadingView>
    </>
  )
}

function Figure({ figure: { name, state, facts, methods } }: { figure: ShownFigure }) {
  return (
    <section class="broker-card" aria-label={name}>
      <h2>{name}</h2>
      <StatusMark {...state} />
      <dl class="pairs">
        {facts.map((fact) => (
          <div key={fact.label}>
            <dt>{fact.label}</dt>
            <dd>
              <FactText fact={fact} />
            </dd>
          </div>
        ))}
      </dl>
      {methods.map((text) => (
        <p key={text} class="muted">
          {text}
        </p>
      ))}
    </section>
  )
}

function FactText({ fact: { text, reason } }: { fact: CapacityFact }) {
  return text === null ? <Explained text={reason}>—</Explained> : <>{text}</>
}

function TrafficPart({ capacity }: { capacity: Capacity }) {
  const { now, peakDay, peakWeek } = capacity.traffic
  const reason = capacity.traffic.unknown ?? 'not known'
  return (
    <>
      <h2>Traffic</h2>
      <dl class="figures">
        {(
          [
            ['Now', now],
            ['Peak of 24 h', peakDay],
            ['Peak of 7 days', peakWeek]
          ] as const
        ).map(([label, load]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              {load === null ? (
                <Explained text={reason}>—</Explained>
              ) : (
                `${grouped(load.recordsPerSecond)} records/s, ${formatBytes(Math.round(load.bytesPerSecond))}/s`
              )}
            </dd>
            {load && 'at' in load && (
              <dd class="muted small-text">
                <Since at={load.at} /> ago
              </dd>
            )}
          </div>
        ))}
      </dl>
      <Methods capacity={capacity} of={['Traffic', 'Shares']} />
    </>
  )
}

/** The columns of `kops capacity`, by its own heads. */
const diskColumns: readonly Column<DiskForecast>[] = diskHead.map((head, nth) => ({
  id: head,
  label: inSentence(head),
  ...(nth === 2 || nth === 3 ? { align: 'end' as const } : {}),
  phone: nth === 0 ? 'title' : nth === 4 ? 'side' : nth === 2 ? 'detail' : 'none',
  cell: (disk) => {
    const text = nth === 4 && disk.fullAt === null ? '?' : (diskRow(disk)[nth] ?? '')
    return text === '?' ? <Explained text={disk.unknown ?? 'not known'}>—</Explained> : text
  }
}))

function Disks({ disks }: { disks: Capacity['disks'] }) {
  return (
    <>
      <h2>Disks</h2>
      {disks.dirs.length === 0 ? (
        <p class="notice notice-degraded">{disks.unknown ?? 'No broker reports a log directory.'}</p>
      ) : (
        <DataTable
          label="Disks"
          columns={diskColumns}
          rows={disks.dirs}
          keyOf={({ broker, dir }) => `${broker} ${dir}`}
        />
      )}
      {disks.dirs.length > 0 && disks.unknown && <p class="notice notice-degraded">{disks.unknown}</p>}
      {datelessDisks(disks.dirs).map((text) => (
        <p key={text} class="muted">
          {text}
        </p>
      ))}
      <p class="muted">{disks.method}</p>
    </>
  )
}

function Methods({ capacity, of }: { capacity: Capacity; of: readonly string[] }) {
  return (
    <>
      {methodsOf(capacity)
        .filter(([name]) => of.includes(name))
        .map(([name, text]) => (
          <p key={name} class="muted">
            {name}: {text}
          </p>
        ))}
    </>
  )
}

const measured: readonly Column<CapacityMeasurement>[] = [
  { id: 'started', label: 'Started', phone: 'title', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    id: 'status',
    label: 'State',
    phone: 'side',
    cell: (measurement) => <StatusMark {...measurementState(measurement)} />
  },
  {
    id: 'all',
    label: 'All brokers, records/s',
    align: 'end',
    phone: 'detail',
    cell: ({ allBrokers }) => <MeasuredRate figure={allBrokers} />
  },
  {
    id: 'down',
    label: 'One down, records/s',
    align: 'end',
    phone: 'none',
    cell: ({ node, oneBrokerDown }) => (node === null ? 'not asked for' : <MeasuredRate figure={oneBrokerDown} />)
  },
  { id: 'node', label: 'Stopped', phone: 'none', cell: ({ node }) => node ?? 'none' },
  {
    id: 'failure',
    label: 'Why it ended',
    phone: 'none',
    cell: ({ failure = '' }) => (
      <span class="cut" title={failure}>
        {failure}
      </span>
    )
  }
]

/** What came of the newest one, as long as it takes to say: what it has found stands above. */
function WhyItEnded({ newest }: { newest: CapacityMeasurement | undefined }) {
  if (newest?.failure === undefined) return null
  return (
    <p class="notice notice-degraded" role="status">
      <strong>The newest one was {newest.status === 'failed' ? 'not completed' : newest.status}:</strong>{' '}
      {newest.failure}.
    </p>
  )
}

function MeasuredRate({ figure }: { figure: CapacityMeasurement['allBrokers'] }) {
  if (figure === null) return <Explained text="the search had no answer, or not yet">—</Explained>
  return <a href={addressOf(['load', figure.run])}>{rateOf(figure)}</a>
}
