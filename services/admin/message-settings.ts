import type { AdminConfig } from './config.ts'
import { parseMaskingRules } from './domain/messages/masking-rules.ts'
import type { MessageRoutesOptions } from './routes/messages.ts'

/** How often a live tail polls its log. */
const tailIntervalMs = 500

/** The settings for messages. @throws Error naming KOPS_MASKED_FIELDS and the invalid rule */
export function messageSettings(config: AdminConfig): MessageRoutesOptions {
  return {
    rules: parseMaskingRules(config.KOPS_MASKED_FIELDS),
    maxBytes: config.KOPS_BROWSE_MAX_BYTES,
    maxMs: config.KOPS_BROWSE_MAX_SECONDS * 1000,
    tails: {
      max: config.KOPS_TAILS_MAX,
      maxRate: config.KOPS_TAIL_MAX_RECORDS_PER_SECOND,
      intervalMs: tailIntervalMs
    }
  }
}
