import { useState } from 'preact/hooks'
import type { Drill } from '#shared/contracts/drills.ts'
import { query, setQuery } from '../app/location.ts'
import { counted, formatCount } from '../format/numbers.ts'
import { serverNow } from '../state/clock.ts'
import { DrillChart } from './drill-chart.tsx'
import { happenings, type Moment, momentAt, momentOf } from './drill-moments.ts'
import { type DrillView, drillView, leaderName, secondsText } from './drill-timeline.ts'
import { isUnderWay } from './job-states.ts'

/** The picture of a drill, its moments, and all of it as a table. */
export function DrillTimeline({ drill }: { drill: Drill }) {
  const view = drillView(drill, isUnderWay(drill) ? serverNow() : 0)
  const atMs = view && momentOf(query.value.get('t'), view)
  const topic = drill.partitions?.[0]?.topic ?? ''
  return (
    <section aria-labelledby="timeline-heading">
      <h2 id="timeline-heading">Timeline</h2>
      {view ? (
        <>
          <DrillChart view={view} topic={topic} atMs={atMs} />
          {view.leftOut > 0 && (
            <p class="muted">
              {counted(view.leftOut, 'more partition')}: those that changed and waited longest have a lane.
            </p>
          )}
          {!isUnderWay(drill) && <Scrubber drill={drill} view={view} atMs={atMs} />}
        </>
      ) : (
        isUnderWay(drill) && <p class="muted">Lanes appear once the fault is requested.</p>
      )}
      <Happenings drill={drill} />
    </section>
  )
}

/** Any moment of a drill, at an address of its own. */
function Scrubber({ drill, view, atMs }: { drill: Drill; view: DrillView; atMs: number | undefined }) {
  const tenth = (ms: number) => (ms / 1000).toFixed(1)
  return (
    <div class="scrub">
      <label for="moment">Moment, seconds since the fault</label>
      <input
        id="moment"
        type="range"
        min={tenth(view.fromMs)}
        max={tenth(view.toMs)}
        step="0.1"
        value={tenth(atMs ?? 0)}
        aria-valuetext={`${tenth(atMs ?? 0)} s`}
        onInput={({ currentTarget }) => setQuery({ t: currentTarget.value })}
      />
      <output for="moment">
        <MomentInWords atMs={atMs ?? 0} moment={momentAt(drill, view, atMs ?? 0)} />
      </output>
    </div>
  )
}

function MomentInWords({ atMs, moment }: { atMs: number; moment: Moment }) {
  const { phase, leaders, notInSync, acknowledgedPerSecond, event } = moment
  return (
    <>
      <strong>{secondsText(atMs)}</strong>: {phase}.{' '}
      {leaders.map(({ leader, partitions }) => `${leaderName(leader)}: ${partitions}`).join(', ')}.{' '}
      {notInSync === 0 ? 'Every replica is in sync.' : `${counted(notInSync, 'partition')} with a replica out of sync.`}{' '}
      {acknowledgedPerSecond !== null && `${formatCount(Math.round(acknowledgedPerSecond))} acknowledged per second. `}
      {event && <span class="muted">Last event: {event.event}.</span>}
    </>
  )
}

const mostRows = 300

/** The same as the picture, for those who read. */
function Happenings({ drill }: { drill: Drill }) {
  const [all, setAll] = useState(false)
  const list = happenings(drill)
  const shown = all ? list : list.slice(0, mostRows)
  return (
    <details class="named" open={list.length <= 60 || drill.finishedAt === null}>
      <summary>What happened, {counted(list.length, 'entry', 'entries')}</summary>
      <section class="wide happenings" tabIndex={0} aria-label="What happened">
        <table class="plan stacked" aria-label="What happened">
          <thead>
            <tr>
              <th scope="col" class="end">
                Seconds
              </th>
              <th scope="col">What</th>
              <th scope="col">Detail</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ atMs, what, detail }, nth) => (
              <tr key={nth}>
                <td class="end seconds">{(Math.round(atMs / 100) / 10 + 0).toFixed(1)}</td>
                <th scope="row">{what}</th>
                <td class="below">{detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {list.length > shown.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {formatCount(list.length)}
        </button>
      )}
    </details>
  )
}
