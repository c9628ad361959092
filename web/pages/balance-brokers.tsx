import { useRef, useState } from 'preact/hooks'
import type { PartitionAssignment, ReassignmentPlan, ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { useOpened } from '../app/opened.ts'
import { call, refusal } from '../app/runtime.ts'
import { AskDialog, TextField } from '../ui/ask-dialog.tsx'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { Action, Partial } from '../ui/states.tsx'
import { LimitFields, MovementView, ReassignmentView } from './movement.tsx'
import { type BalanceRequest, balanceRequest } from './reassignment-requests.ts'

const reassign = 'POST /api/reassignments'

interface Balance {
  plan: ReassignmentPlan
  /** What carrying it out would do; undefined where nothing moves. */
  result: ReassignmentResult | undefined
}

/** Replicas and leaders evenly over racks and brokers, with the fewest copies. */
export function BalanceBrokers({ onDone }: { onDone: () => void }) {
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
