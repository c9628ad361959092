import { randomBytes } from 'node:crypto'
import { Argument, type Command, InvalidArgumentError } from 'commander'
import { type Role, roles } from '#shared/contracts/endpoint.ts'
import { parseTopicGlobs, tokenEntry } from '#shared/http/auth/tokens.ts'
import type { CommandContext } from '../context.ts'
import { duration, examples } from '../options.ts'

interface TokenOptions {
  expires?: number
  topics?: string[]
}

/** `kops token <name> <role>`: a new bearer token, and the entry for KOPS_TOKENS or KOPS_TOKENS_FILE, which contains only its hash. */
export function addTokenCommand(token: Command, { output }: CommandContext): void {
  examples(
    token
      .argument('<name>', 'whose it is')
      .addArgument(new Argument('<role>').choices(roles))
      .option('--expires <time>', 'how long it is valid: 12h, 30d; without it, forever', lifetime)
      .option('--topics <globs>', 'only for these topics: orders-*|payments-*', topicGlobs),
    'token alice operator --expires 30d',
    "token bob reader --topics 'orders-*|payments-*'"
  ).action((name: string, role: Role, { expires, topics }: TokenOptions) => {
    const token = randomBytes(32).toString('base64url')
    const entry = [
      tokenEntry(name, role, token),
      ...(expires === undefined ? [] : [`expires=${wholeSeconds(Date.now() + expires)}`]),
      ...(topics === undefined ? [] : [`topics=${topics.join('|')}`])
    ]
    output.print(`token (shown once)        ${token}`)
    output.print(`entry for KOPS_TOKENS     ${entry.join(';')}`)
  })
}

function lifetime(value: string): number {
  const milliseconds = duration(value)
  if (milliseconds > duration('3650d')) throw new InvalidArgumentError('A token is valid for at most 3650d.')
  return milliseconds
}

function topicGlobs(value: string): string[] {
  try {
    return parseTopicGlobs(value, value)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function wholeSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
