import { useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { problemOf } from '../api/problem.ts'
import { logIn } from '../app/runtime.ts'

/** Takes a token once; the browser then has a cookie, which scripts cannot read and other addresses cannot use. */
export function LoginPage() {
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    try {
      await logIn(token.trim())
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setBusy(false)
      setToken('')
    }
  }
  return (
    <main class="alone">
      <form class="login" onSubmit={(event) => void submit(event)}>
        <h1>kops</h1>
        <p>This cluster's services ask for a token.</p>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          required
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
          aria-describedby="token-help"
          aria-invalid={problem !== undefined}
        />
        <p id="token-help" class="muted">
          An administrator makes one with <code>kops token</code>. It is sent once and not kept in this browser.
        </p>
        {problem && (
          <p class="notice notice-down" role="alert">
            {problem.title}: {problem.detail}
          </p>
        )}
        <button type="submit" class="primary" aria-disabled={busy}>
          Log in
        </button>
      </form>
    </main>
  )
}
