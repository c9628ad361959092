import { useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { problemOf } from '../api/problem.ts'
import { Action } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Since } from '../ui/values.tsx'
import { call, refusal } from './runtime.ts'
import { useReading } from './use-reading.ts'

/** An abort of a drill answers once its fault is healed and its topic deleted. */
export const healingMs = 180_000

/** While a drill or a load test runs: what it is, and how to end it. It cannot be dismissed. */
export function RunStrip() {
  const drills = useReading('GET /api/drills/running', {}, 5000)
  const runs = useReading('GET /api/loadtest/runs', { query: { limit: 5 } }, 5000)
  const drill = drills.value?.drill ?? null
  const run = runs.value?.runs.find(({ status }) => status === 'running' || status === 'pending')
  return (
    <>
      {drill && (
        <Strip
          label={`Drill ${drill.kind} on ${drill.node}`}
          since={drill.createdAt}
          href={`/drills/${drill.id}`}
          stop="Abort"
          why={refusal('POST /api/drills/{id}/abort')}
          onStop={async () => {
            await call('POST /api/drills/{id}/abort', { params: { id: drill.id } }, { timeoutMs: healingMs })
            await drills.refresh()
          }}
        />
      )}
      {run && (
        <Strip
          label={`Load test ${run.id}`}
          since={run.createdAt}
          href={`/load/${run.id}`}
          stop="Stop"
          why={refusal('DELETE /api/loadtest/runs/{id}')}
          onStop={async () => {
            await call('DELETE /api/loadtest/runs/{id}', { params: { id: run.id } })
            await runs.refresh()
          }}
        />
      )}
    </>
  )
}

interface StripProps {
  label: string
  since: string
  href: string
  stop: string
  why: string | undefined
  onStop: () => Promise<void>
}

function Strip({ label, since, href, stop, why, onStop }: StripProps) {
  const [ending, setEnding] = useState(false)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const end = async () => {
    setEnding(true)
    setProblem(undefined)
    try {
      await onStop()
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setEnding(false)
    }
  }
  return (
    <div class="run-strip" role="status">
      <StatusMark mark="progress" word={label} />
      <span>
        for <Since at={since} />
      </span>
      <a href={href}>Details</a>
      {ending ? <span>Ending …</span> : <Action label={stop} why={why} onClick={() => void end()} kind="danger" />}
      {problem && <span class="text-down">{`${problem.title}: ${problem.detail}`}</span>}
    </div>
  )
}
