import { CommanderError } from 'commander'
import { type ErrorCode, errorCatalog, isKopsError } from '#shared/errors/catalog.ts'
import { HealthUnknown, UsageError } from './output.ts'

/** The exit codes of every command. `kops health` exits with its own besides: commands/health.ts. */
export const exit = {
  done: 0,
  refused: 1,
  usage: 2,
  denied: 4,
  verdict: 5,
  unreachable: 6,
  interrupted: 130
} as const

/** What each exit code means, for people. */
export const exitMeanings: Record<(typeof exit)[keyof typeof exit], string> = {
  0: 'done',
  1: 'refused, or failed',
  2: 'the command line is not right',
  4: 'not authenticated, or not allowed',
  5: 'the verdict is failed or inconclusive',
  6: 'a service, the agent or the cluster cannot be reached',
  130: 'interrupted by Ctrl-C'
}

/** Of `kops health`, besides 0, 1 and 2 for HEALTHY, DEGRADED and DOWN. */
const healthUnknown = 3

/** The code of an error that ends a command; 0 where commander has shown help or the version. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage
  if (error instanceof HealthUnknown) return healthUnknown
  if (error instanceof UsageError) return exit.usage
  if (!isKopsError(error)) return exit.refused
  if (error.code.endsWith('_unreachable')) return exit.unreachable
  return isDenied(error.code) ? exit.denied : exit.refused
}

/** Who the caller is decides. A protected topic and a foreign origin are refused to everybody. */
function isDenied(code: ErrorCode): boolean {
  return errorCatalog[code].status === 401 || code === 'forbidden' || code === 'kafka_not_authorized'
}
