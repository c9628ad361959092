import { useRef, useState } from 'preact/hooks'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { Drill, DrillPlan } from '#shared/contracts/drills.ts'
import { navigate } from '../app/location.ts'
import { addresses } from '../app/pages.ts'
import { call, readings, refusal } from '../app/runtime.ts'
import { counted, formatSeconds } from '../format/numbers.ts'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { Action } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Guards } from './drill-guards.tsx'
import { Prediction } from './drill-prediction.tsx'

const route = 'POST /api/drills'

/** What is asked for, and the file that its load is, for a command line. */
interface AskedDrill {
  body: Omit<StartDrill, 'dryRun'>
  files?: { load: string }
}

interface PlanProps {
  plan: DrillPlan
  asked: AskedDrill
}

/** What a drill would do now, whether its guards let it, and its start. */
export function PlannedDrill({ plan, asked }: PlanProps) {
  const [confirming, setConfirming] = useState(false)
  const { guards, prediction, admitted } = plan
  const refusing = guards.filter(({ passed, forced }) => !passed && !forced)
  return (
    <section aria-label="The check">
      <h2>
        <StatusMark {...outcomeOf(plan)} />
      </h2>
      <Stages plan={plan} />
      {refusing.length > 0 && refusing.every(({ canForce }) => canForce) && (
        <p class="notice notice-degraded">
          Its guards refuse it. With the id of this cluster and a reason, under “Override guards”, it can be started all
          the same.
        </p>
      )}
      <h3>Guards</h3>
      <Guards guards={guards} />
      <h3>Prediction</h3>
      <Prediction prediction={prediction} />
      <div class="buttons">
        <Action
          label="Start the drill"
          why={reasonAgainst(admitted)}
          onClick={() => setConfirming(true)}
          kind="danger"
        />
      </div>
      {confirming && <ConfirmDrill asked={asked} node={plan.node} onClose={() => setConfirming(false)} />}
    </section>
  )
}

function reasonAgainst(admitted: boolean): string | undefined {
  return refusal(route) ?? (admitted ? undefined : 'its guards refuse it')
}

function outcomeOf({ admitted, guards }: DrillPlan) {
  const overridden = guards.filter(({ forced }) => forced).length
  if (!admitted) return { mark: 'down', word: 'Its guards would refuse it' } as const
  if (overridden === 0) return { mark: 'healthy', word: 'It would be started' } as const
  return { mark: 'degraded', word: `It would be started, against ${counted(overridden, 'guard')}` } as const
}

/** Whom it hits, and how. */
export function Stages({ plan: { target, stages } }: { plan: DrillPlan }) {
  return (
    <dl class="pairs">
      <div>
        <dt>Target</dt>
        <dd>
          {target.nodes.join(', ')} <span class="muted">{target.detail}</span>
        </dd>
      </div>
      {stages.map(({ name, faults, holdMs }) => (
        <div key={name}>
          <dt>{stages.length === 1 ? 'Fault' : name}</dt>
          <dd>
            {faults.join(', ')} for {formatSeconds(holdMs / 1000)}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Checked once more, because a minute has passed perhaps; the node is typed, because this is not undone by closing a page. */
function ConfirmDrill({ asked, node, onClose }: { asked: AskedDrill; node: string; onClose: () => void }) {
  const { body } = asked
  const [name, setName] = useState('')
  const started = useRef<string | undefined>(undefined)
  const [refusing, setRefusing] = useState<string | undefined>(undefined)
  const make = async (dryRun: boolean): Promise<DrillPlan | Drill> => {
    const answer = await call(route, { body: { ...body, ...(dryRun && { dryRun }) } }, { timeoutMs: 60_000 })
    if ('id' in answer) started.current = answer.id
    else setRefusing(answer.admitted ? undefined : refusingOf(answer))
    return answer
  }
  const done = () => {
    readings.refresh('/api/drills')
    if (started.current !== undefined) navigate(addresses.drill(started.current))
  }
  return (
    <ChangeDialog<DrillPlan | Drill>
      title={`Start ${body.kind}`}
      route={route}
      parts={{ ...asked }}
      make={make}
      verb="Start"
      lacks={refusing ?? (name.trim() === node ? undefined : `Type ${node}, the node that it breaks.`)}
      onDone={done}
      onClose={onClose}
    >
      {(plan) =>
        'stages' in plan && (
          <>
            <p class="notice notice-degraded">
              This breaks {plan.target.nodes.join(', ')} on purpose. It can be aborted at any moment, and is undone even
              if kops dies.
            </p>
            <Stages plan={plan} />
            <p>
              <StatusMark {...outcomeOf(plan)} />
            </p>
            <div class="fields-form">
              <label for="drill-node">
                Type <strong>{node}</strong> to confirm
              </label>
              <input
                id="drill-node"
                value={name}
                spellcheck={false}
                autoComplete="off"
                onInput={({ currentTarget }) => setName(currentTarget.value)}
              />
            </div>
          </>
        )
      }
    </ChangeDialog>
  )
}

function refusingOf({ guards }: DrillPlan): string {
  const names = guards.filter(({ passed, forced }) => !passed && !forced).map(({ name }) => name)
  return `Its guards refuse it now: ${names.join(', ')}.`
}
