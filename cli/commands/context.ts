import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { printTable, type ReadOptions, show } from '../answer.ts'
import { contextFile, environmentVariable } from '../config.ts'
import type { CommandContext } from '../context.ts'
import { type Context, contextOf, localContext, readContexts, type TokenSource, writeContexts } from '../contexts.ts'
import { given } from '../given.ts'
import { examples, reads, serviceUrl } from '../options.ts'
import { paint, UsageError } from '../output.ts'
import { plain } from '../paint.ts'

interface AddOptions {
  adminUrl: string
  healthUrl: string
  loadtestUrl: string
  tokenFile?: string
  tokenVariable?: string
  ca?: string
  readOnly?: boolean
  production?: boolean
  cluster?: string
}

/** `kops context …`: a file of this person's, which holds addresses and names where tokens are. */
export function addContextCommands(context: Command, { output }: CommandContext): void {
  const path = contextFile()
  examples(
    context,
    'context add staging --admin-url https://kops.staging.example/admin --health-url https://kops.staging.example/health --loadtest-url https://kops.staging.example/load --token-variable STAGING_TOKEN',
    'context use staging',
    'health --context staging',
    `context use ${localContext}`
  )

  reads(context.command('list').description('list the contexts; an asterisk marks the one in use')).action(
    async (options: ReadOptions) => {
      const { current, contexts } = await readContexts(path)
      const used = environmentVariable('KOPS_CONTEXT') ?? current ?? localContext
      const named = Object.entries(contexts).map(([name, each]) => ({ name, inUse: name === used, ...each }))
      show(output, options, { contexts: [{ name: localContext, inUse: used === localContext }, ...named] }, () => {
        const local = [used === localContext ? '*' : '', localContext, 'the cluster of this checkout', '', '']
        const rows = named.map(({ name, inUse, ...each }) => [
          inUse ? '*' : '',
          plain(name),
          plain(each.admin),
          tokenInWords(each.token),
          limitsOf(each)
        ])
        printTable(output, ['', 'CONTEXT', 'ADMIN-SERVICE', 'TOKEN', ''], [local, ...rows], '')
      })
    }
  )

  context
    .command('use')
    .description(`use a context from now on; ${localContext} is the cluster of this checkout`)
    .argument('<context>')
    .action(async (name: string) => {
      const { current: _, ...file } = await readContexts(path)
      contextOf(file, name)
      await writeContexts(path, name === localContext ? file : { current: name, ...file })
      output.error(`kops now uses ${plain(name)}.`)
    })

  examples(
    context
      .command('add')
      .description('add a context; the file has where the token is, never the token')
      .argument('<name>', undefined, contextName)
      .requiredOption('--admin-url <url>', 'address of admin-service', serviceUrl)
      .requiredOption('--health-url <url>', 'address of health-service', serviceUrl)
      .requiredOption('--loadtest-url <url>', 'address of load-test-service', serviceUrl)
      .option('--token-file <file>', 'the file that has the token')
      .option('--token-variable <name>', 'the environment variable that has the token', variableName)
      .option('--ca <file>', "the authorities that may have signed the services' certificates, PEM")
      .option('--read-only', 'refuse every command that changes something')
      .option('--production', 'ask for the name of the cluster before what destroys')
      .option('--cluster <name>', 'that name; by default the name of the context'),
    'context add prod --admin-url https://kops.example/admin --health-url https://kops.example/health --loadtest-url https://kops.example/load --token-file ~/.kops-token --production'
  ).action(async (name: string, options: AddOptions) => {
    const { contexts, ...file } = await readContexts(path)
    if (Object.keys(contexts).includes(name)) throw new UsageError(`there is a context ${name}: kops context remove`)
    await writeContexts(path, { ...file, contexts: { ...contexts, [name]: entryOf(options) } })
    output.error(`Added; kops context use ${name}`)
  })

  context
    .command('remove')
    .description('remove a context; nothing happens to the cluster')
    .argument('<context>')
    .action(async (name: string) => {
      const file = await readContexts(path)
      if (!contextOf(file, name)) throw new UsageError(`${localContext} is no entry`)
      const { [name]: _, ...contexts } = file.contexts
      await writeContexts(path, given({ current: file.current === name ? undefined : file.current, contexts }))
      output.error(`Removed ${plain(name)}.`)
    })
}

/** @throws UsageError if the token has two places */
function entryOf(options: AddOptions): Context {
  const { adminUrl: admin, healthUrl: health, loadtestUrl: loadTest, tokenFile, tokenVariable, ca } = options
  if (tokenFile !== undefined && tokenVariable !== undefined) {
    throw new UsageError('--token-file and --token-variable exclude each other')
  }
  const token: TokenSource | undefined =
    tokenFile !== undefined
      ? { file: resolve(tokenFile) }
      : tokenVariable === undefined
        ? undefined
        : { variable: tokenVariable }
  const { readOnly, production, cluster } = options
  return {
    admin,
    health,
    loadTest,
    ...given({ token, ca: ca === undefined ? undefined : resolve(ca), readOnly, production, cluster })
  }
}

function tokenInWords(token: TokenSource | undefined): string {
  if (token === undefined) return '-'
  return plain('file' in token ? token.file : `$${token.variable}`)
}

function limitsOf({ readOnly, production }: Context): string {
  return [
    ...(production ? [paint('red', 'production')] : []),
    ...(readOnly ? [paint('yellow', 'read-only')] : [])
  ].join(', ')
}

function contextName(value: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value) && value !== localContext && value !== '__proto__') return value
  throw new InvalidArgumentError(`Not a name of letters, digits, ".", "_" and "-" other than ${localContext}.`)
}

function variableName(value: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return value
  throw new InvalidArgumentError('Not the name of a variable; the token itself does not belong here.')
}
