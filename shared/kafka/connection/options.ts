import type { RequestBudget } from './request-budget.ts'

/** How to reach a cluster. */
export interface ConnectionOptions {
  /** Brokers as host:port. Some may be dead; the others are discovered through them. */
  bootstrapServers: string | readonly string[]
  clientId: string
  /** One per process; without it, an adapter makes one of its own. */
  budget?: RequestBudget
}
