import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { LoginPage } from '../pages/login.tsx'
import { ErrorState } from '../ui/states.tsx'
import { caller, loginNeeded } from './runtime.ts'
import { Shell } from './shell.tsx'

/**
 * The console: its pages, or a login where the service asks for one. Pages do not wait until it is known who looks at them: their calls are
 * on the way at the same time.
 */
export function App({ identify }: { identify: () => Promise<Problem | undefined> }) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const begin = async () => setProblem(await identify())
  useEffect(() => {
    void begin()
  }, [])
  if (loginNeeded.value) return <LoginPage />
  if (problem === undefined || caller.value) return <Shell />
  return (
    <main class="alone">
      <ErrorState problem={problem} onRetry={() => void begin()} />
    </main>
  )
}
