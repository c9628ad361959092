import { Counter, type Registry } from 'prom-client'
import type { CatalogResult } from '#shared/contracts/catalog.ts'
import { isKopsError } from '#shared/errors/catalog.ts'

type Outcome = 'applied' | 'planned' | 'refused' | 'failed'

/** Counts the outcomes of changes; each method returns, or throws, what the change does. */
export interface ChangeCounter {
  topic<Plan extends { applied: boolean }>(action: string, change: Promise<Plan>): Promise<Plan>
  /** Each step of a catalog counts by itself; a catalog that is refused as a whole counts once, as `apply-catalog`. */
  catalog(change: Promise<CatalogResult>): Promise<CatalogResult>
}

export function createChangeCounter(registry: Registry): ChangeCounter {
  const changes = new Counter({
    name: 'kops_topic_changes_total',
    help: 'Changes to topics: applied, planned (dry run), refused (4xx) or failed (5xx; perhaps applied)',
    labelNames: ['action', 'outcome'],
    registers: [registry]
  })
  const count = (action: string, outcome: Outcome) => changes.inc({ action, outcome })
  const countError = (action: string, error: unknown): never => {
    count(action, isKopsError(error) && error.status < 500 ? 'refused' : 'failed')
    throw error
  }
  return {
    async topic(action, change) {
      const plan = await change.catch((error) => countError(action, error))
      count(action, plan.applied ? 'applied' : 'planned')
      return plan
    },
    async catalog(change) {
      const result = await change.catch((error) => countError('apply-catalog', error))
      for (const { action, applied } of result.changes) {
        if (action === 'refuse') count('apply-catalog', 'refused')
        else if (action !== 'none') count(action, applied ? 'applied' : 'planned')
      }
      return result
    }
  }
}
