import { useRef, useState } from 'preact/hooks'
import type { ElectionResult } from '#shared/contracts/elections.ts'
import type { PartitionAssignment, ReassignmentPlan, ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { query } from '../app/location.ts'
import { useOpened } from '../app/opened.ts'
import { call, refusal } from '../app/runtime.ts'
import { useReading } from '../app/use-reading.ts'
import { counted, formatSeconds } from '../format/numbers.ts'
import { AskDialog, ChoiceField, TextField, TickField } from '../ui/ask-dialog.tsx'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { PlannedChange } from '../ui/planned-change.tsx'
import { Action, Partial } from '../ui/states.tsx'
import { Bytes } from '../ui/values.tsx'
import { MovementView, ReassignmentView } from './movement.tsx'
import {
  type BalanceRequest,
  balanceRequest,
  drainRequest,
  factorRequest,
  refillRequest
} from './reassignment-requests.ts'

interface PlanProps {
  onDone: () => void
}

const drain = 'POST /api/brokers/{brokerId}/drain'
const refill = 'POST /api/brokers/{brokerId}/refill'
const factor = 'PUT /api/topics/{topicName}/replication-factor'
const reassign = 'POST /api/reassignments'
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

function LimitFields({ topics = true }: { topics?: boolean }) {
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

const nothing = ({ movement, elections }: ReassignmentResult) =>
  movement.moves.length === 0 && elections.length === 0 ? 'There is nothing to move.' : undefined

/** Everything, or the leaderships, off a broker. */
export function DrainBroker({ onDone }: PlanProps) {
  const { open, show, close } = useOpened('drain', drain, ['broker'])
  return (
    <>
      <Action label="Drain a broker" why={refusal(drain)} onClick={show} />
      {open && (
        <PlannedChange
          title="Drain a broker"
          route={drain}
          form={(onReady) => (
            <AskDialog title="Drain a broker" read={drainRequest} onReady={onReady} onClose={close}>
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
            </AskDialog>
          )}
          verb="Drain"
          lacks={(plan, { body }) =>
            plan.leftShort.length > 0 && body?.force !== true
              ? 'Partitions would be left short of replicas: that needs the tick and a reason.'
              : nothing(plan)
          }
          after={(done) => <ReassignmentView result={done} />}
          onDone={onDone}
          onClose={close}
        >
          {(plan) => <ReassignmentView result={plan} />}
        </PlannedChange>
      )}
    </>
  )
}

/** A broker's share back to it. */
export function RefillBroker({ onDone }: PlanProps) {
  const { open, show, close } = useOpened('refill', refill, ['broker'])
  return (
    <>
      <Action label="Refill a broker" why={refusal(refill)} onClick={show} />
      {open && (
        <PlannedChange
          title="Refill a broker"
          route={refill}
          form={(onReady) => (
            <AskDialog title="Refill a broker" read={refillRequest} onReady={onReady} onClose={close}>
              <BrokerField />
              <LimitFields />
            </AskDialog>
          )}
          verb="Refill"
          lacks={nothing}
          after={(done) => <ReassignmentView result={done} />}
          onDone={onDone}
          onClose={close}
        >
          {(plan) => <ReassignmentView result={plan} />}
        </PlannedChange>
      )}
    </>
  )
}

/** More or fewer replicas of a topic. */
export function ChangeFactor({ onDone }: PlanProps) {
  const { open, show, close } = useOpened('factor', factor, ['topic'])
  const title = 'Change a replication factor'
  return (
    <>
      <Action label={title} why={refusal(factor)} onClick={show} />
      {open && (
        <PlannedChange
          title={title}
          route={factor}
          form={(onReady) => (
            <AskDialog title={title} read={factorRequest} onReady={onReady} onClose={close}>
              <TextField name="topic" label="Topic" value={query.value.get('topic') ?? ''} />
              <TextField name="factor" label="Replicas of each partition" value="3" numeric />
              <LimitFields topics={false} />
            </AskDialog>
          )}
          verb="Change"
          lacks={({ partitions }) => (partitions.length === 0 ? 'It has so many already.' : undefined)}
          onDone={onDone}
          onClose={close}
        >
          {({ topic, before, after, partitions, movesBytes, estimatedSeconds, warnings }) => (
            <>
              <Partial warnings={warnings} />
              <p>
                {topic}: {counted(before, 'replica')} → <strong>{after}</strong>, in{' '}
                {counted(partitions.length, 'partition')}; <Bytes value={movesBytes} reason="broker_unreachable" /> to
                copy
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
        </PlannedChange>
      )}
    </>
  )
}

interface Balance {
  plan: ReassignmentPlan
  /** What carrying it out would do; undefined where nothing moves. */
  result: ReassignmentResult | undefined
}

/** Replicas and leaders evenly over racks and brokers, with the fewest copies. */
export function BalanceBrokers({ onDone }: PlanProps) {
  const { open, show, close } = useOpened('balance', reassign)
  const [asked, setAsked] = useState<BalanceRequest | undefined>(undefined)
  const planned = useRef<PartitionAssignment[]>([])
  const [empty, setEmpty] = useState(false)
  const end = () => {
    setAsked(undefined)
    close()
  }
  const title = 'Balance replicas and leaders'
  const make = async (dryRun: boolean): Promise<Balance> => {
    const plan = dryRun
      ? await call('POST /api/reassignments/plan', { body: asked?.plan ?? {} }, { timeoutMs: 60_000 })
      : undefined
    if (plan) {
      planned.current = plan.partitions
      setEmpty(plan.partitions.length === 0)
    }
    const body = { partitions: planned.current, ...asked?.throttle }
    const result =
      body.partitions.length === 0
        ? undefined
        : await call(reassign, { query: { dryRun }, body }, { timeoutMs: 60_000 })
    return { plan: plan ?? emptyPlan, result }
  }
  return (
    <>
      <Action label="Balance" why={refusal(reassign)} onClick={show} />
      {open && asked === undefined && (
        <AskDialog title={title} read={balanceRequest} onReady={setAsked} onClose={end}>
          <TextField name="brokers" label="On these brokers" placeholder="all; or 1, 2, 3" />
          <LimitFields />
        </AskDialog>
      )}
      {open && asked && (
        <ChangeDialog<Balance>
          title={title}
          route="POST /api/reassignments/plan"
          parts={{ body: asked.plan }}
          planKey={JSON.stringify(asked)}
          make={make}
          verb="Move"
          lacks={empty ? 'There is nothing to move.' : undefined}
          after={({ result }) => result && <ReassignmentView result={result} />}
          onDone={onDone}
          onClose={end}
        >
          {({ plan: { movement, rackAware, staying, warnings }, result }) => (
            <>
              <Partial warnings={warnings} />
              {result ? <ReassignmentView result={result} /> : <MovementView movement={movement} />}
              <p class="muted">
                {rackAware ? 'The plan respects racks.' : 'Not every broker has a rack, so the plan ignores racks.'}
              </p>
              {staying.map(({ topic, replicas }) => (
                <p key={topic} class="text-degraded">
                  ▲ {topic} stays: it has {replicas} replicas of each partition, more than there are brokers
                </p>
              ))}
            </>
          )}
        </ChangeDialog>
      )}
    </>
  )
}

const emptyPlan: ReassignmentPlan = {
  partitions: [],
  rackAware: true,
  movement: {
    moves: [],
    copies: 0,
    bytesToCopy: 0,
    leaderChanges: 0,
    estimatedSeconds: null,
    brokers: []
  },
  staying: [],
  asOf: '',
  warnings: []
}

/** First replicas lead again, where they are in sync. */
export function ElectPreferred({ onDone }: PlanProps) {
  const { open, show, close } = useOpened('elect', elect)
  const title = 'Elect preferred leaders'
  return (
    <>
      <Action label={title} why={refusal(elect)} onClick={show} />
      {open && (
        <PlannedChange
          title={title}
          route={elect}
          parts={{ query: {}, body: { kind: 'preferred', partitions: 'all' } }}
          verb="Elect"
          lacks={({ partitions }) =>
            partitions.some(({ outcome }) => outcome === 'planned')
              ? undefined
              : 'Every partition that can has its preferred leader.'
          }
          after={(done) => <Elections result={done} />}
          onDone={onDone}
          onClose={close}
        >
          {(plan) => <Elections result={plan} />}
        </PlannedChange>
      )}
    </>
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
