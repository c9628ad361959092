import { useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { problemOf } from '../api/problem.ts'
import { healingMs } from '../app/run-strip.tsx'
import { call, readings, refusal } from '../app/runtime.ts'
import { Action, ErrorState } from '../ui/states.tsx'

type AbortRoute = 'POST /api/drills/{id}/abort' | 'POST /api/gamedays/{id}/abort'

/** Ends a drill, or a game day with its drill, whatever it does now. */
export function Abort({ route, id }: { route: AbortRoute; id: string }) {
  const [aborting, setAborting] = useState(false)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const act = async () => {
    setAborting(true)
    setProblem(undefined)
    try {
      await call(route, { params: { id } }, { timeoutMs: healingMs })
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setAborting(false)
      readings.refresh('/api/drills')
      readings.refresh('/api/gamedays')
    }
  }
  return (
    <>
      {aborting ? (
        <span role="status">Aborting: the fault is being healed …</span>
      ) : (
        <Action label="Abort" why={refusal(route)} onClick={() => void act()} kind="danger" />
      )}
      {problem && <ErrorState problem={problem} />}
    </>
  )
}
