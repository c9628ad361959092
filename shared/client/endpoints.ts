import { brokersEndpoints } from './endpoints/brokers.ts'
import { governanceEndpoints } from './endpoints/governance.ts'
import { groupsEndpoints } from './endpoints/groups.ts'
import { healthEndpoints } from './endpoints/health.ts'
import { loadTestEndpoints } from './endpoints/load-test.ts'
import { messagesEndpoints } from './endpoints/messages.ts'
import { topicsEndpoints } from './endpoints/topics.ts'

/** Every endpoint that answers with JSON, by the name under which the CLI and the console call it. */
export const endpoints = {
  ...topicsEndpoints,
  ...brokersEndpoints,
  ...groupsEndpoints,
  ...messagesEndpoints,
  ...governanceEndpoints,
  ...healthEndpoints,
  ...loadTestEndpoints
}
