import { useEffect, useState } from 'preact/hooks'
import type { StartCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { Problem } from '#shared/contracts/common.ts'
import { eventLine } from '#shared/load-report/capacity-facts.ts'
import { problemOf } from '../api/problem.ts'
import { useOpened } from '../app/opened.ts'
import { addressOf } from '../app/pages.ts'
import { call, refusal } from '../app/runtime.ts'
import { useReading } from '../app/use-reading.ts'
import { formatCount } from '../format/numbers.ts'
import { CopyCall } from '../ui/copy-call.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Action, ErrorState, Forbidden } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Since } from '../ui/values.tsx'
import { isMeasuring, measurementState } from './capacity-figures.ts'
import { Loss } from './rack-map.tsx'

const start = 'POST /api/capacity'
const cancel = 'DELETE /api/capacity/measurements/{id}'
/** Starting the broker, and deleting the topics, may take this long. */
const cancelTimeoutMs = 180_000

/** Starts a measurement: what it means, which broker is stopped for it, and that broker's name. */
export function MeasureCapacity({ measuring, onStarted }: { measuring: string | null; onStarted: () => void }) {
  const opened = useOpened('measure', start)
  if (measuring !== null) return <Forbidden label="Measure" why="a measurement is under way" />
  return (
    <>
      <Action label="Measure" why={refusal(start)} onClick={opened.show} />
      {opened.open && (
        <MeasureDialog
          onClose={opened.close}
          onStarted={() => {
            opened.close()
            onStarted()
          }}
        />
      )}
    </>
  )
}

function MeasureDialog({ onClose, onStarted }: { onClose: () => void; onStarted: () => void }) {
  const [withDown, setWithDown] = useState(false)
  const [node, setNode] = useState('')
  const [confirm, setConfirm] = useState('')
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const whatIf = useReading('GET /api/health/what-if', { query: { how: 'stop', limit: 1 } }, 15_000)
  // What the loss would do is health-service's to say, which brokers there are is not.
  const brokers = useReading('GET /api/brokers', {}, 15_000)
  const scenario = whatIf.value?.scenarios.find(({ kind, name }) => kind === 'broker' && name === node)
  const body: StartCapacity = withDown ? { oneBrokerDown: true, node, confirm } : {}
  const lacks = withDown ? (node === '' ? 'Choose the broker to stop.' : confirm === node ? '' : `Type ${node}.`) : ''
  const measure = async () => {
    if (busy || lacks !== '') return
    setBusy(true)
    setProblem(undefined)
    try {
      await call(start, { body }, { timeoutMs: 60_000 })
      onStarted()
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  return (
    <Dialog title="Measure the capacity" onClose={onClose} class="change">
      <form
        class="fields-form"
        onSubmit={(event) => {
          event.preventDefault()
          void measure()
        }}
      >
        <h2>Measure the capacity</h2>
        <p>
          It loads the cluster, on a topic of its own, until the cluster no longer keeps up: applications feel that for
          some minutes. It is refused unless every broker answers, every replica is in sync, and no load test, drill or
          fault is under way.
        </p>
        <label>
          <input
            type="checkbox"
            checked={withDown}
            onChange={({ currentTarget }) => setWithDown(currentTarget.checked)}
          />{' '}
          Then again while one broker is stopped
        </label>
        {withDown && (
          <>
            <label for="capacity-node">Broker to stop</label>
            <select id="capacity-node" value={node} onChange={({ currentTarget }) => setNode(currentTarget.value)}>
              <option value="">choose one</option>
              {brokers.value?.brokers.map(({ id }) => (
                <option key={id} value={`kafka-${id}`}>
                  kafka-{id}
                </option>
              ))}
            </select>
            {brokers.problem && <ErrorState problem={brokers.problem} onRetry={() => void brokers.refresh()} />}
            {whatIf.problem && node !== '' && <p class="muted">What it would do is not known now.</p>}
            {scenario && <Loss scenario={scenario} />}
            {node !== '' && (
              <>
                <label for="capacity-confirm">
                  Type {node}: meanwhile every topic of that broker has a replica less
                </label>
                <input
                  id="capacity-confirm"
                  value={confirm}
                  spellcheck={false}
                  autoComplete="off"
                  onInput={({ currentTarget }) => setConfirm(currentTarget.value)}
                />
              </>
            )}
          </>
        )}
        {problem && <ErrorState problem={problem} />}
        <div class="buttons">
          <CopyCall route={start} parts={{ body }} />
          <span class="spacer" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" aria-disabled={busy || lacks !== ''}>
            {busy ? 'Under way …' : 'Measure'}
          </button>
        </div>
        {lacks !== '' && <p class="muted">{lacks}</p>}
      </form>
    </Dialog>
  )
}

/** A measurement: what it does now, what it has done, and how to end it. */
export function MeasurementUnderWay({ id, onEnded }: { id: string; onEnded: () => void }) {
  const { value, problem, refresh } = useReading('GET /api/capacity/measurements/{id}', { params: { id } }, 1000)
  const [ending, setEnding] = useState(false)
  const [refused, setRefused] = useState<Problem | undefined>(undefined)
  const hasEnded = value !== undefined && !isMeasuring(value)
  useEffect(() => {
    if (hasEnded) onEnded()
  }, [hasEnded])
  if (value === undefined) return problem ? <ErrorState problem={problem} onRetry={() => void refresh()} /> : null
  const end = async () => {
    setEnding(true)
    setRefused(undefined)
    try {
      await call(cancel, { params: { id } }, { timeoutMs: cancelTimeoutMs })
      onEnded()
    } catch (error) {
      setRefused(problemOf(error))
    } finally {
      setEnding(false)
    }
  }
  const trial = value.progress?.trial
  return (
    <section class="status-panel" aria-label="Measurement">
      <p class="status-line">
        <StatusMark {...measurementState(value)} />
        <span>
          for <Since at={value.createdAt} />
          {value.node !== null && `, with ${value.node} stopped in its second half`}
        </span>
        {value.run !== null && <a href={addressOf(['load', value.run])}>The search</a>}
        {ending ? (
          <span role="status">Ending …</span>
        ) : (
          <Action label="Cancel" why={refusal(cancel)} onClick={() => void end()} kind="danger" />
        )}
      </p>
      {trial && (
        <p>
          Trial {trial.number}
          {trial.isSoak && ', the long one'}: {formatCount(Math.round(trial.perSecond))} records/s for{' '}
          {Math.round(trial.seconds)} s
        </p>
      )}
      <ol class="plain-list">
        {value.timeline.map((event) => (
          <li key={`${event.at}${event.event}`}>{eventLine(event, value).trim()}</li>
        ))}
      </ol>
      {refused && <ErrorState problem={refused} />}
    </section>
  )
}
