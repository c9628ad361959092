import { auditPlugin } from '../http/audit-plugin.ts'
import type { App } from '../http/create-app.ts'
import type { ConnectionOptions } from '../kafka/connection/options.ts'
import type { TopicAdmin } from '../kafka/topics/port.ts'
import type { AuditTrail } from './audit-trail.ts'
import { createTrail } from './create-trail.ts'
import type { AuditConfig } from './settings.ts'

/** How long what ends harm waits for its event: usually some milliseconds are enough. */
const patienceMs = 1000

export interface TrailParts {
  /** The service, by its name in the chains of events. */
  writer: string
  config: AuditConfig & { KOPS_DATA_DIR: string }
  kafka: Omit<ConnectionOptions, 'clientId'>
  admin: Pick<TopicAdmin, 'createTopic'>
  /** Takes the events instead, in tests. */
  given: AuditTrail | undefined
}

/**
 * Records the mutations of a service in the audit trail, and returns it for mutations without a request. Register it
 * before any route: mutations registered earlier would not be recorded.
 */
export async function registerTrail(
  app: App,
  { writer, config, kafka, admin, given }: TrailParts
): Promise<AuditTrail> {
  const trail = given ?? openTrail()
  await app.register(auditPlugin, { trail, now: () => new Date(), patienceMs })
  return trail

  function openTrail(): AuditTrail {
    const { trail, close } = createTrail(writer, config, { ...kafka, clientId: 'kops-audit' }, admin, app.log)
    app.addHook('onClose', close)
    return trail
  }
}
