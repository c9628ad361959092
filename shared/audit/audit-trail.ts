import type { AuditEvent } from '../contracts/audit.ts'
import { isKopsError, KopsError } from '../errors/catalog.ts'
import type { Spool } from '../files/spool-file.ts'
import type { AuditLog } from '../kafka/audit/port.ts'
import type { EventChain } from './chain.ts'

/** The destination of events: Kafka or, if configured, the disk while Kafka does not accept them. */
export interface AuditTrail {
  /** Resolves when the event is safe. @throws KopsError audit_unavailable, metadata_unavailable */
  record(event: AuditEvent): Promise<void>
}

/**
 * @param log the topic
 * @param spool undefined: what Kafka does not take is refused
 * @param chain gives each event its place before it leaves
 */
export function createAuditTrail(
  log: Pick<AuditLog, 'append'>,
  spool: Spool<AuditEvent> | undefined,
  chain: EventChain
): AuditTrail & {
  /** Sends what waits in the spool, in the background; what fails waits for the next time. */
  deliver(): void
} {
  let draining: Promise<void> | undefined

  function deliver(): void {
    if (!spool || draining) return
    draining = spool
      .drain((events) => log.append(events))
      .catch(() => undefined)
      .finally(() => {
        draining = undefined
      })
  }

  async function write(event: AuditEvent): Promise<void> {
    try {
      await log.append([event])
      // After an event succeeds, waiting ones can follow.
      deliver()
    } catch (cause) {
      if (!spool) {
        // Nothing could be changed anyway, and that is what the caller needs to know.
        if (isKopsError(cause, 'metadata_unavailable')) throw cause
        throw new KopsError('audit_unavailable', 'the audit trail cannot be written, so changes are refused', {
          cause
        })
      }
      await spool.append(event)
    }
  }

  return {
    async record(event) {
      const linked = chain.link(event)
      try {
        await write(linked)
      } catch (error) {
        chain.settle(linked, false)
        throw error
      }
      chain.settle(linked, true)
    },
    deliver
  }
}
