import { randomBytes } from 'node:crypto'
import { Argument, type Command } from 'commander'
import { type Role, roles } from '#shared/contracts/endpoint.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import type { CommandContext } from '../context.ts'

/** `kops token <name> <role>`: a new bearer token, and the entry for KOPS_TOKENS, which contains only its hash. */
export function addTokenCommand(program: Command, { output }: CommandContext): void {
  program
    .command('token')
    .description('create a bearer token; the services store only its hash')
    .argument('<name>', 'whose it is')
    .addArgument(new Argument('<role>').choices(roles))
    .action((name: string, role: Role) => {
      const token = randomBytes(32).toString('base64url')
      output.print(`token (shown once)        ${token}`)
      output.print(`entry for KOPS_TOKENS     ${name}:${role}:sha256:${hashToken(token).toString('hex')}`)
    })
}
