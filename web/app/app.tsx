import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { LoginPage } from '../pages/login.tsx'
import { caller, loginNeeded } from './runtime.ts'
import { Shell } from './shell.tsx'

/** Before it is asked again who looks at the console. */
const againMs = 5000

/**
 * The console: its pages, or a login where the service asks for one. Pages do not wait until it is known who looks at them: their calls are
 * on the way at the same time, and what can be read is shown even if that one fails.
 */
export function App({ identify }: { identify: () => Promise<Problem | undefined> }) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const begin = async () => setProblem(await identify())
  useEffect(() => {
    void begin()
  }, [])
  useEffect(() => {
    if (problem === undefined) return
    const timer = setTimeout(() => void begin(), againMs)
    return () => clearTimeout(timer)
  }, [problem])
  if (loginNeeded.value) return <LoginPage />
  return <Shell identityProblem={caller.value ? undefined : problem} />
}
