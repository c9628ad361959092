import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type ClusterDefinition, defaultPorts, loadDefinition } from '#shared/cluster/definition.ts'
import { contextFile, environmentVariable, readAuthorities, type ServiceUrls, urlsFromEnvironment } from './config.ts'
import type { NamedContext, TokenSource } from './contexts.ts'
import { UsageError } from './output.ts'

/** What a command line says about where the services are. */
export interface AccessOptions {
  stateDir: string
  /** The name of a context. */
  context: string | undefined
  urls: ServiceUrls
}

/** How a command reaches the services. */
export interface Access {
  urls: Required<ServiceUrls>
  /** Where the token is; undefined: none is sent. */
  token: TokenSource | undefined
  /** The file with the services' authorities, and the variable that names it, if one does. */
  ca: { file: string; variable?: string } | undefined
  /** undefined: the cluster of this checkout. */
  context: NamedContext | undefined
}

/**
 * Options come before variables (KOPS_…), these before the context, and that before the cluster of this checkout, or the default
 * ports where none is set up.
 * @throws UsageError naming what cannot be used
 */
export async function findAccess({ stateDir, context: named, urls }: AccessOptions): Promise<Access> {
  const context = await findContext(named)
  const places = context ?? localUrls((await loadDefinition(stateDir))?.ports ?? defaultPorts)
  const token = environmentVariable('KOPS_TOKEN') ? { variable: 'KOPS_TOKEN' } : context?.token
  const ca = environmentVariable('KOPS_CA')
  const { admin, health, loadTest } = { ...places, ...urlsFromEnvironment(), ...urls }
  return {
    urls: { admin, health, loadTest },
    token,
    ca: ca ? { file: ca, variable: 'KOPS_CA' } : context?.ca === undefined ? undefined : { file: context.ca },
    context
  }
}

/** The context that an option names, KOPS_CONTEXT, or `kops context use`. Most have no file, and wait for no code that reads it. */
async function findContext(named: string | undefined): Promise<NamedContext | undefined> {
  const path = contextFile()
  const asked = named ?? environmentVariable('KOPS_CONTEXT')
  if (asked === undefined && !existsSync(path)) return undefined
  const { contextOf, localContext, readContexts } = await import('./contexts.ts')
  const file = await readContexts(path)
  return contextOf(file, asked ?? file.current ?? localContext)
}

/** The addresses of the services of a cluster on this machine. */
export function localUrls({ admin, health, loadTest }: ClusterDefinition['ports']): Required<ServiceUrls> {
  const local = (port: number) => `http://127.0.0.1:${port}`
  return { admin: local(admin), health: local(health), loadTest: local(loadTest) }
}

/** The token itself. @throws UsageError naming the file or the variable that has none */
export async function readToken(source: TokenSource | undefined): Promise<string | undefined> {
  if (source === undefined) return undefined
  if ('variable' in source) {
    const value = environmentVariable(source.variable)
    if (value !== undefined) return value
    throw new UsageError(`there is no token: ${source.variable} is not set`)
  }
  const text = await readFile(source.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`there is no token: ${source.file} cannot be read (${error.code ?? 'unknown error'})`)
  })
  return text.trim()
}

/** PEM of the authorities. @throws UsageError if the file cannot be read */
export function authoritiesOf({ ca }: Pick<Access, 'ca'>): string | undefined {
  return ca && readAuthorities(ca.file, ca.variable)
}
