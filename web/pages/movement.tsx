import type { Movement, ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { counted, formatBytes, formatSeconds } from '../format/numbers.ts'
import { TextField } from '../ui/ask-dialog.tsx'
import { Partial } from '../ui/states.tsx'
import { Bytes } from '../ui/values.tsx'

/** Moves that are listed; the rest is counted. */
const shownMoves = 50

/** What a reassignment would do, or has begun. */
export function ReassignmentView({ result }: { result: ReassignmentResult }) {
  const { dryRun, applied, movement, elections, refused, leftShort, throttleBytesPerSec, warnings } = result
  return (
    <>
      <Partial warnings={warnings} />
      {applied && movement.copies > 0 && (
        <p class="text-healthy">● Kafka has accepted it; the page shows its progress.</p>
      )}
      {leftShort.length > 0 && (
        <div class="notice notice-down">
          <p>■ {counted(leftShort.length, 'partition')} left short of in-sync replicas without this broker:</p>
          <ul>
            {leftShort.slice(0, shownMoves).map(({ topic, partition, left, needed }) => (
              <li key={`${topic}-${partition}`}>
                {topic}-{partition}: {left.length === 0 ? 'none' : left.map((id) => `kafka-${id}`).join(', ')} in sync,
                needs {needed ?? 'an unknown number'}
              </li>
            ))}
          </ul>
        </div>
      )}
      {refused.map(({ topic, partition, detail }) => (
        <p key={`${topic}-${partition}`} class="text-down">
          ■ {topic}-{partition} refused: {detail}
        </p>
      ))}
      <MovementView movement={movement} />
      {elections.length > 0 && (
        <p>
          Preferred leaders of {counted(elections.length, 'partition')} {dryRun ? 'would be' : 'are'} elected at once:
          that needs no copying.
        </p>
      )}
      {movement.copies > 0 && (
        <p class="muted">
          {throttleBytesPerSec === null
            ? 'Without a throttle: copying may slow clients down.'
            : `At most ${formatBytes(throttleBytesPerSec)}/s a broker.`}
        </p>
      )}
    </>
  )
}

/** Which replicas go where, and what each broker then has. */
export function MovementView({ movement }: { movement: Movement }) {
  const { moves, copies, bytesToCopy, leaderChanges, estimatedSeconds, brokers } = movement
  if (moves.length === 0) return <p>No replica moves.</p>
  return (
    <>
      <p>
        <strong>{counted(copies, 'replica')}</strong> to copy, <Bytes value={bytesToCopy} reason="broker_unreachable" />
        {estimatedSeconds !== null && `, ${formatSeconds(estimatedSeconds)} at least`};{' '}
        {counted(leaderChanges, 'preferred leader')} to change
      </p>
      <section class="rows-frame narrow" aria-label="What each broker has" tabIndex={0}>
        <table class="plan">
          <thead>
            <tr>
              <th scope="col">Broker</th>
              <th scope="col">Rack</th>
              <th scope="col" class="end">
                Replicas
              </th>
              <th scope="col" class="end">
                Preferred leaders
              </th>
              <th scope="col" class="end">
                Size
              </th>
            </tr>
          </thead>
          <tbody>
            {brokers.map(({ id, rack, before, after }) => (
              <tr key={id}>
                <th scope="row">kafka-{id}</th>
                <td>{rack ?? '—'}</td>
                <td class="end">{changed(String(before.replicas), String(after.replicas))}</td>
                <td class="end">{changed(String(before.preferredLeaders), String(after.preferredLeaders))}</td>
                <td class="end">{changed(sizeOf(before.sizeBytes), sizeOf(after.sizeBytes))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <details>
        <summary>{counted(moves.length, 'partition')} by name</summary>
        <ul class="plain-list">
          {moves.slice(0, shownMoves).map(({ topic, partition, from, to, sizeBytes }) => (
            <li key={`${topic}-${partition}`}>
              {topic}-{partition}: {from.join(', ')} → <strong>{to.join(', ')}</strong>{' '}
              <span class="muted">{sizeOf(sizeBytes)}</span>
            </li>
          ))}
          {moves.length > shownMoves && <li class="muted">and {moves.length - shownMoves} more</li>}
        </ul>
      </details>
    </>
  )
}

const sizeOf = (bytes: number | null) => (bytes === null ? '—' : formatBytes(bytes))

function changed(before: string, after: string) {
  return before === after ? (
    before
  ) : (
    <>
      {before} → <strong>{after}</strong>
    </>
  )
}

/** What every move may be limited by. */
export function LimitFields({ topics = true }: { topics?: boolean }) {
  return (
    <>
      {topics && <TextField name="topics" label="Only these topics" placeholder="all" />}
      <TextField
        name="throttle"
        label="At most so many bytes a second for each broker"
        placeholder="10MB; empty: unlimited"
      />
    </>
  )
}
