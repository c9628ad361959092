import type { FastifyBaseLogger } from 'fastify'
import type { TokenFileLook, TokenList } from './token-list.ts'

const lookMs = 1000
/** How often the log repeats that the file cannot be used. */
const repeatMs = 60_000

/** Takes changes of KOPS_TOKENS_FILE over, once a second. @returns ends it */
export function followTokens(tokens: TokenList, log: FastifyBaseLogger): () => void {
  const report = tokenFileReport(log)
  let looking = false
  const timer = setInterval(async () => {
    // A file on a network may take longer than a second.
    if (looking) return
    looking = true
    report(await tokens.look(), performance.now())
    looking = false
  }, lookMs)
  return () => clearInterval(timer)
}

/** Reports each change of the file, and each minute that it cannot be used. */
export function tokenFileReport(log: Pick<FastifyBaseLogger, 'info' | 'error'>) {
  let reportedAt: number | undefined
  return (look: TokenFileLook, nowMs: number) => {
    if (look.outcome === 'unusable') {
      if (reportedAt !== undefined && nowMs - reportedAt < repeatMs) return
      reportedAt = nowMs
      log.error(
        { err: look.error },
        'KOPS_TOKENS_FILE cannot be used; its tokens stay as they were: nothing is revoked'
      )
      return
    }
    if (look.outcome === 'replaced') {
      log.info({ added: look.added, removed: look.removed }, 'KOPS_TOKENS_FILE has changed')
    } else if (reportedAt !== undefined) {
      log.info('KOPS_TOKENS_FILE can be used again, and is unchanged')
    }
    reportedAt = undefined
  }
}
