import type { Pool } from './pool.ts'
import type { RequestBudget } from './request-budget.ts'
import type { KafkaSecurity } from './security.ts'

/** How to reach a cluster. */
export interface ConnectionOptions {
  /** Brokers as host:port. Some may be dead; the others are discovered through them. */
  bootstrapServers: string | readonly string[]
  clientId: string
  /** Without it: plain text, and no name. */
  security?: KafkaSecurity | undefined
  /** One per process; without it, an adapter makes one of its own. */
  budget?: RequestBudget
  /** One per process too. */
  pool?: Pool
}
