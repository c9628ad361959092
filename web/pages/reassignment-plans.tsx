import type { ElectionResult } from '#shared/contracts/elections.ts'
import type { ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { query } from '../app/location.ts'
import { useReading } from '../app/use-reading.ts'
import { counted, formatSeconds } from '../format/numbers.ts'
import { ChoiceField, TextField, TickField } from '../ui/ask-dialog.tsx'
import { PlannedAction } from '../ui/planned-change.tsx'
import { Partial } from '../ui/states.tsx'
import { Bytes } from '../ui/values.tsx'
import { LimitFields, ReassignmentView } from './movement.tsx'
import { drainRequest, factorRequest, refillRequest } from './reassignment-requests.ts'

interface PlanProps {
  onDone: () => void
}

const drain = 'POST /api/brokers/{brokerId}/drain'
const refill = 'POST /api/brokers/{brokerId}/refill'
const factor = 'PUT /api/topics/{topicName}/replication-factor'
const elect = 'POST /api/elections'

function BrokerField() {
  const brokers = useReading('GET /api/brokers', {}, 15_000).value?.brokers ?? []
  const asked = query.value.get('broker') ?? ''
  const choices = brokers.map(
    ({ id, replicas, reachable }) =>
      [String(id), `kafka-${id}: ${reachable ? counted(replicas, 'replica') : 'does not answer'}`] as const
  )
  const all =
    brokers.some(({ id }) => String(id) === asked) || asked === ''
      ? choices
      : [[asked, `kafka-${asked}`] as const, ...choices]
  // What can be chosen arrives after the form: as another field, it takes the choice of the address.
  return <ChoiceField key={all.length} name="broker" label="Broker" choices={all} value={asked} />
}

const nothing = ({ movement, elections }: ReassignmentResult) =>
  movement.moves.length === 0 && elections.length === 0 ? 'There is nothing to move.' : undefined

const movement = (result: ReassignmentResult) => <ReassignmentView result={result} />

/** Everything, or the leaderships, off a broker. */
export function DrainBroker({ onDone }: PlanProps) {
  return (
    <PlannedAction
      action="drain"
      about={['broker']}
      label="Drain a broker"
      route={drain}
      read={drainRequest}
      fields={
        <>
          <BrokerField />
          <ChoiceField
            name="mode"
            label="What leaves it"
            choices={[
              ['replicas', 'all replicas, or nothing'],
              ['leaderships', 'leaderships: it keeps its replicas'],
              ['possible', 'whatever others can take']
            ]}
          />
          <LimitFields />
          <TickField name="force" label="although partitions are left short of replicas" />
          <TextField name="reason" label="Reason, for the audit trail" />
        </>
      }
      verb="Drain"
      lacks={(plan, { body }) =>
        plan.leftShort.length > 0 && body?.force !== true
          ? 'Partitions would be left short of replicas: that needs the tick and a reason.'
          : nothing(plan)
      }
      after={movement}
      onDone={onDone}
    >
      {movement}
    </PlannedAction>
  )
}

/** A broker's share back to it. */
export function RefillBroker({ onDone }: PlanProps) {
  return (
    <PlannedAction
      action="refill"
      about={['broker']}
      label="Refill a broker"
      route={refill}
      read={refillRequest}
      fields={
        <>
          <BrokerField />
          <LimitFields />
        </>
      }
      verb="Refill"
      lacks={nothing}
      after={movement}
      onDone={onDone}
    >
      {movement}
    </PlannedAction>
  )
}

/** More or fewer replicas of a topic. */
export function ChangeFactor({ onDone }: PlanProps) {
  return (
    <PlannedAction
      action="factor"
      about={['topic']}
      label="Change a replication factor"
      route={factor}
      read={factorRequest}
      fields={
        <>
          <TextField name="topic" label="Topic" value={query.value.get('topic') ?? ''} />
          <TextField name="factor" label="Replicas of each partition" value="3" numeric />
          <LimitFields topics={false} />
        </>
      }
      verb="Change"
      lacks={({ partitions }) => (partitions.length === 0 ? 'It has so many already.' : undefined)}
      onDone={onDone}
    >
      {({ topic, before, after, partitions, movesBytes, estimatedSeconds, warnings }) => (
        <>
          <Partial warnings={warnings} />
          <p>
            {topic}: {counted(before, 'replica')} → <strong>{after}</strong>, in{' '}
            {counted(partitions.length, 'partition')}; <Bytes value={movesBytes} reason="broker_unreachable" /> to copy
            {estimatedSeconds !== null && `, ${formatSeconds(estimatedSeconds)} at least`}
          </p>
          <ul class="plain-list">
            {partitions.slice(0, 50).map(({ partition, before: from, after: to }) => (
              <li key={partition}>
                {partition}: {from.join(', ')} → <strong>{to.join(', ')}</strong>
              </li>
            ))}
          </ul>
        </>
      )}
    </PlannedAction>
  )
}

/** First replicas lead again, where they are in sync. */
export function ElectPreferred({ onDone }: PlanProps) {
  const view = (result: ElectionResult) => <Elections result={result} />
  return (
    <PlannedAction
      action="elect"
      label="Elect preferred leaders"
      route={elect}
      parts={{ query: {}, body: { kind: 'preferred', partitions: 'all' } }}
      verb="Elect"
      lacks={({ partitions }) =>
        partitions.some(({ outcome }) => outcome === 'planned')
          ? undefined
          : 'Every partition that can has its preferred leader.'
      }
      after={view}
      onDone={onDone}
    >
      {view}
    </PlannedAction>
  )
}

const outcomes = { planned: 'would lead', elected: 'leads', not_possible: 'cannot lead', failed: 'failed' } as const

function Elections({ result: { partitions, alreadyPreferred, warnings } }: { result: ElectionResult }) {
  const name = (id: number | null) => (id === null ? 'nobody' : `kafka-${id}`)
  return (
    <>
      <Partial warnings={warnings} />
      <p class="muted">{counted(alreadyPreferred, 'partition')} led by the preferred replica.</p>
      <ul class="plain-list">
        {partitions.slice(0, 200).map(({ topic, partition, from, to, outcome, detail }) => (
          <li key={`${topic}-${partition}`} class={outcome === 'failed' ? 'text-down' : ''}>
            {topic}-{partition}: {name(from)} → <strong>{name(to)}</strong> {outcomes[outcome]}
            {detail && `: ${detail}`}
          </li>
        ))}
      </ul>
    </>
  )
}
