import { useRef, useState } from 'preact/hooks'
import type { GameDayPlan, GameDayStepPlan } from '#shared/contracts/gameday-plan.ts'
import type { StartGameDay } from '#shared/contracts/gameday-request.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import { navigate } from '../app/location.ts'
import { addresses } from '../app/pages.ts'
import { call, readings, refusal } from '../app/runtime.ts'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { Action } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Guards } from './drill-guards.tsx'
import { Stages } from './drill-plan.tsx'
import { Prediction } from './drill-prediction.tsx'
import { planState, stepInShort, stepState, whyRefused } from './gameday-plan.ts'

const starts = 'POST /api/gamedays'
/** Each drill of it reads the whole cluster. */
export const planTimeoutMs = 120_000

/** What is asked for, and the file that it is, for a command line. */
export interface AskedGameDay {
  body: StartGameDay
  files?: { gameDay: string }
}

/** What a game day would do now, whether anything refuses it, and its start. */
export function PlannedGameDay({ plan, asked }: { plan: GameDayPlan; asked: AskedGameDay }) {
  const [confirming, setConfirming] = useState(false)
  return (
    <section aria-label="The check">
      <h2>
        <StatusMark {...planState(plan)} />
      </h2>
      {plan.guards
        .filter(({ passed }) => !passed)
        .map(({ name, reading }) => (
          <p key={name} class="notice notice-down">
            <strong>{name}</strong>: {reading}
          </p>
        ))}
      <p class="muted">As the cluster is now. When a step has its turn, its guards are looked at again.</p>
      <ol class="evidence" aria-label="Steps as planned">
        {plan.steps.map((step, nth) => (
          <PlannedStep key={nth} step={step} number={nth + 1} />
        ))}
      </ol>
      <div class="buttons">
        <Action
          label="Start the game day"
          why={refusal(starts) ?? whyRefused(plan)}
          onClick={() => setConfirming(true)}
          kind="danger"
        />
      </div>
      {confirming && <ConfirmGameDay asked={asked} onClose={() => setConfirming(false)} />}
    </section>
  )
}

function PlannedStep({ step, number }: { step: GameDayStepPlan; number: number }) {
  const { what, admitted, detail, drill, load } = step
  const guards = drill?.guards ?? load?.guards
  return (
    <li>
      <StatusMark {...stepState(step)} /> <strong>{number}.</strong> {what}
      {detail && <div class={admitted ? 'muted' : 'text-down'}>{detail}</div>}
      {guards && (
        <details class="named" open={!admitted}>
          <summary>{stepInShort(step)}</summary>
          {drill && <Stages plan={drill} />}
          <Guards guards={guards} />
          {drill && <Prediction prediction={drill.prediction} />}
        </details>
      )}
    </li>
  )
}

/** Checked once more, because a minute has passed perhaps; the name is typed, because this breaks nodes for minutes. */
function ConfirmGameDay({ asked, onClose }: { asked: AskedGameDay; onClose: () => void }) {
  const { name } = asked.body
  const [typed, setTyped] = useState('')
  const [refused, setRefused] = useState<string | undefined>(undefined)
  const started = useRef<string | undefined>(undefined)
  const make = async (dryRun: boolean): Promise<GameDayPlan | GameDay> => {
    const answer = await call(
      starts,
      { body: asked.body, ...(dryRun && { query: { dryRun } }) },
      { timeoutMs: planTimeoutMs }
    )
    if ('id' in answer) started.current = answer.id
    else setRefused(whyRefused(answer))
    return answer
  }
  const done = () => {
    readings.refresh('/api/gamedays')
    if (started.current !== undefined) navigate(addresses.gameDay(started.current))
  }
  return (
    <ChangeDialog<GameDayPlan | GameDay>
      title={`Start ${name}`}
      route={starts}
      parts={{ ...asked }}
      make={make}
      verb="Start"
      lacks={refused ?? (typed.trim() === name ? undefined : `Type ${name}, the name of the game day.`)}
      onDone={done}
      onClose={onClose}
    >
      {(plan) =>
        'admitted' in plan && (
          <>
            <p class="notice notice-degraded">
              This breaks {nodesOf(plan)} on purpose, one step after the other. It can be aborted at any moment, and
              each fault is undone even if kops dies.
            </p>
            <p>
              <StatusMark {...planState(plan)} />
            </p>
            <div class="fields-form">
              <label for="gameday-name">
                Type <strong>{name}</strong> to confirm
              </label>
              <input
                id="gameday-name"
                value={typed}
                spellcheck={false}
                autoComplete="off"
                onInput={({ currentTarget }) => setTyped(currentTarget.value)}
              />
            </div>
          </>
        )
      }
    </ChangeDialog>
  )
}

function nodesOf({ steps }: GameDayPlan): string {
  const nodes = new Set(steps.flatMap(({ drill }) => drill?.target.nodes ?? []))
  return nodes.size === 0 ? 'nothing' : Array.from(nodes).sort().join(', ')
}
