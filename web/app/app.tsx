import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { LoginPage } from '../pages/login.tsx'
import { ErrorState, Loading } from '../ui/states.tsx'
import { caller, loginNeeded } from './runtime.ts'
import { Shell } from './shell.tsx'

/** The console: a login where the service asks for one, then the pages. */
export function App({ identify }: { identify: () => Promise<Problem | undefined> }) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const begin = async () => setProblem(await identify())
  useEffect(() => {
    void begin()
  }, [])
  if (loginNeeded.value) return <LoginPage />
  if (caller.value) return <Shell />
  return (
    <main class="alone">
      {problem ? <ErrorState problem={problem} onRetry={() => void begin()} /> : <Loading what="Loading the console" />}
    </main>
  )
}
