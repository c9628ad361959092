import { useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import type { GameDayPlan, ReadyGameDays } from '#shared/contracts/gameday-plan.ts'
import { stepInWords } from '#shared/gamedays/step-words.ts'
import { problemOf } from '../api/problem.ts'
import { query, setQuery } from '../app/location.ts'
import { addresses } from '../app/pages.ts'
import { call } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { CopyCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ErrorState, Loading, ReadingView } from '../ui/states.tsx'
import { type AskedGameDay, PlannedGameDay, planTimeoutMs } from './gameday-check.tsx'

const plans = 'POST /api/gamedays/plan'
/** Chooses a game day that the service knows, or one that was carried out; checks it; starts just that. */
export function NewGameDayPage() {
  const again = query.value.get('again')
  useShownCall('GET /api/gamedays/ready', undefined)
  return (
    <>
      <p class="crumbs">
        <a href={addresses.gameDays}>Game days</a>
      </p>
      <PageHeader title="New game day" />
      {again === null ? <FromReady /> : <Again key={again} id={again} />}
    </>
  )
}

function FromReady() {
  const ready = useReading('GET /api/gamedays/ready', undefined, 60_000)
  return (
    <ReadingView reading={ready} what="the ready game days" lines={8}>
      {({ gameDays }) =>
        gameDays.length === 0 ? (
          <p class="muted">
            There are none: <code>KOPS_GAMEDAYS</code> of load-test-service names the folder of their files.
          </p>
        ) : (
          <Choice gameDays={gameDays} />
        )
      }
    </ReadingView>
  )
}

function Choice({ gameDays }: Pick<ReadyGameDays, 'gameDays'>) {
  const asked = query.value.get('file')
  const chosen =
    gameDays.find(({ file }) => file === asked) ?? gameDays.find(({ file }) => file === 'first') ?? gameDays[0]
  if (chosen === undefined) return null
  const { file, plan } = chosen
  return (
    <>
      <div class="fields-form kind-choice">
        <label for="ready-gameday">What happens</label>
        <select
          id="ready-gameday"
          value={file}
          onChange={({ currentTarget }) => setQuery({ file: currentTarget.value })}
        >
          {gameDays.map(({ file, plan }) => (
            <option key={file} value={file}>
              {file}: {counted(plan.steps.length, 'step')}
            </option>
          ))}
        </select>
      </div>
      <CheckedGameDay key={JSON.stringify(chosen)} asked={{ body: plan, files: { gameDay: file } }} />
    </>
  )
}

/** The game day that was carried out before, as it was. */
function Again({ id }: { id: string }) {
  const before = useReading('GET /api/gamedays/{id}', { params: { id } }, 60_000)
  return (
    <ReadingView reading={before} what="the game day" lines={8}>
      {({ plan }) => (
        <>
          <p>
            As <a href={addresses.gameDay(id)}>{id}</a>. <a href={addresses.newGameDay()}>Choose a ready game day</a>
          </p>
          <CheckedGameDay asked={{ body: plan }} />
        </>
      )}
    </ReadingView>
  )
}

function CheckedGameDay({ asked }: { asked: AskedGameDay }) {
  const [checked, setChecked] = useState<{ plan?: GameDayPlan; problem?: Problem } | undefined>(undefined)
  const [checking, setChecking] = useState(false)
  const { name, description, steps, stopOn } = asked.body
  const check = async (event: SubmitEvent) => {
    event.preventDefault()
    if (checking) return
    setChecking(true)
    try {
      setChecked({ plan: await call(plans, { body: asked.body }, { timeoutMs: planTimeoutMs }) })
    } catch (error) {
      setChecked({ problem: problemOf(error) })
    } finally {
      setChecking(false)
    }
  }
  return (
    <form onSubmit={(event) => void check(event)} aria-label="Game day">
      <h2>{name}</h2>
      {description && <p>{description}</p>}
      {!checked?.plan && (
        <ol class="numbered" aria-label="Steps">
          {steps.map((step, nth) => (
            <li key={nth}>{stepInWords(step)}</li>
          ))}
        </ol>
      )}
      <p class="muted">
        {stopOn === 'never'
          ? 'Every step is carried out, whatever becomes of those before it.'
          : 'The first step that does not pass ends it.'}
      </p>
      <div class="buttons">
        <button type="submit" class="primary">
          {checking ? 'Checking …' : 'Check'}
        </button>
        <CopyCall route={plans} parts={{ ...asked }} />
        <span class="muted">Shows guards and prediction of each step. Nothing is changed.</span>
      </div>
      <div aria-live="polite">
        {checking && checked === undefined && <Loading what="Checking" lines={6} />}
        {checked?.problem && <ErrorState problem={checked.problem} />}
        {checked?.plan && <PlannedGameDay plan={checked.plan} asked={asked} />}
      </div>
    </form>
  )
}
