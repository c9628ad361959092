import type { DrillPrediction } from '#shared/contracts/drill-plan.ts'
import { comparedNames } from '#shared/drill-timeline.ts'
import { addresses } from '../app/pages.ts'
import { counted, formatCount } from '../format/numbers.ts'
import { Figure, Trouble } from '../ui/values.tsx'
import { bandText } from './drill-timeline.ts'

const mostNamed = 12

/** What the fault is expected to do, and how long each part of it takes. */
export function Prediction({ prediction }: { prediction: DrillPrediction }) {
  const { seconds, totals, ownTopic, moves, offline, writesStop, groups, assumed, notes } = prediction
  const bands = (Object.keys(comparedNames) as (keyof typeof comparedNames)[]).flatMap((name) => {
    const band = seconds[name]
    return band ? [{ name, band }] : []
  })
  return (
    <>
      <dl class="figures">
        <Figure name="Leaders move">{formatCount(totals.moves)}</Figure>
        <Figure name="Without a leader">
          <Trouble value={totals.offline} level="down" />
        </Figure>
        <Figure name="Writes stall">
          <Trouble value={totals.writesStop} level="down" />
        </Figure>
        {groups && <Figure name="Groups move">{formatCount(groups.length)}</Figure>}
        {bands.map(({ name, band }) => (
          <Figure key={name} name={comparedNames[name]}>
            {bandText(band)}
          </Figure>
        ))}
      </dl>
      {ownTopic && (
        <p>
          Of its own topic: {counted(ownTopic.moves, 'leader')} move, {formatCount(ownTopic.offline)} without a leader,{' '}
          {formatCount(ownTopic.writesStop)} stall.
        </p>
      )}
      <Named
        title="Leaders that move"
        all={moves.map(({ topic, partition, from, to }) => ({ topic, partition, detail: `${from} → ${to}` }))}
        total={totals.moves}
      />
      <Named title="Without a leader" all={offline.map(place)} total={totals.offline} />
      <Named title="Writes that stall" all={writesStop.map(place)} total={totals.writesStop} />
      {groups && groups.length > 0 && (
        <p>
          <span class="muted">Groups that get another coordinator:</span>{' '}
          {groups.slice(0, mostNamed).map(({ group }) => (
            <a key={group} class="in-line" href={addresses.group(group)}>
              {group}
            </a>
          ))}
          {groups.length > mostNamed && `and ${formatCount(groups.length - mostNamed)} more`}
        </p>
      )}
      {assumed.length > 0 && <p class="muted">Not read, so Kafka's default counts: {assumed.join(', ')}.</p>}
      {notes.map((note) => (
        <p key={note} class="muted">
          Not in the bands: {note}.
        </p>
      ))}
    </>
  )
}

interface Place {
  topic: string
  partition: number
  detail: string
}

const place = ({ topic, partition, cause }: { topic: string; partition: number; cause: string }): Place => ({
  topic,
  partition,
  detail: cause
})

function Named({ title, all, total }: { title: string; all: readonly Place[]; total: number }) {
  if (all.length === 0) return null
  return (
    <details class="named">
      <summary>
        {title}: {formatCount(total)}
      </summary>
      <ul class="names">
        {all.map(({ topic, partition, detail }) => (
          <li key={`${topic}-${partition}`}>
            <a href={addresses.topic(topic)}>
              {topic}-{partition}
            </a>{' '}
            <span class="muted">{detail}</span>
          </li>
        ))}
      </ul>
      {total > all.length && <p class="muted">and {formatCount(total - all.length)} more</p>}
    </details>
  )
}
