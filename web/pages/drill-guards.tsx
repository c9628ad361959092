import type { GuardResult } from '#shared/contracts/guard-result.ts'
import { StatusMark } from '../ui/status-mark.tsx'

/** What was read of each guard, and what it allows: those that did not pass first. */
export function Guards({ guards }: { guards: readonly GuardResult[] }) {
  const inOrder = guards.toSorted((a, b) => Number(a.passed) - Number(b.passed))
  return (
    <table class="plan guards" aria-label="Guards">
      <thead>
        <tr>
          <th scope="col">Guard</th>
          <th scope="col">Reading</th>
          <th scope="col">Allowed</th>
        </tr>
      </thead>
      <tbody>
        {inOrder.map((guard) => (
          <tr key={guard.name}>
            <th scope="row">
              <StatusMark {...stateOf(guard)} quiet={guard.passed} /> <code>{guard.name}</code>
            </th>
            <td>{guard.reading}</td>
            <td class="muted">
              {guard.limit}
              {guard.canForce && <strong class="text-degraded"> Can be overridden.</strong>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function stateOf({ passed, forced }: GuardResult) {
  if (passed) return { mark: 'healthy', word: 'passed' } as const
  return forced ? ({ mark: 'degraded', word: 'overridden' } as const) : ({ mark: 'down', word: 'refuses' } as const)
}
