import { createHash } from 'node:crypto'
import { KopsError } from '../../errors/catalog.ts'
import type { ClusterDefinition } from '../definition.ts'
import type { KafkaTool } from '../kafka-tools.ts'
import { kopsName, kopsPrincipal, passwordOf } from './credentials.ts'
import { securityFiles } from './files.ts'
import { grantingArguments, rights } from './rights.ts'

/** The access of kops as a runtime gives it: as a broker, on the brokers' own listener. */
export interface AccessPlace {
  /** Runs one of Kafka's tools. Rejects with its message. */
  runTool(call: ToolCall): Promise<void>
  /** What the cluster was last given; empty if nothing. */
  granted(): Promise<string>
  remember(granted: string): Promise<void>
}

export interface ToolCall {
  tool: KafkaTool
  args: string[]
  /** An option that names a file, and what the file shall hold: everyone on a machine sees the arguments of a process. */
  secret?: { option: string; text: string }
}

/** Options of Java for a short process: the optimizing compiler would cost more than it saves. */
export const shortLived = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
export const toolMs = 60_000

/** Kafka's default for SCRAM-SHA-512 is 4096, its lower limit. */
const iterations = 8192

/**
 * Gives kops its password and its rights, unless the cluster already has them. Brokers authenticate by certificate, so
 * users need not exist before the brokers start.
 * @throws KopsError runtime_failed with the message of Kafka's tool
 */
export async function grantAccess(stateDir: string, definition: ClusterDefinition, place: AccessPlace): Promise<void> {
  const principal = kopsPrincipal(definition)
  const password = await passwordOf(securityFiles(stateDir), definition)
  const mechanisms = [
    'SCRAM-SHA-512',
    ...(definition.clientListener?.saslMechanisms ?? []).filter((mechanism) => mechanism === 'SCRAM-SHA-256')
  ]
  const wanted = createHash('sha256').update(JSON.stringify({ principal, password, mechanisms, rights })).digest('hex')
  if ((await place.granted()).trim() === wanted) return

  async function runTool(call: ToolCall): Promise<void> {
    try {
      await place.runTool(call)
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause)
      throw new KopsError('runtime_failed', `kops cannot be given access to the cluster: ${said}`, { cause })
    }
  }

  async function setPassword(): Promise<void> {
    // One call for each mechanism: a user is altered at most once in a request.
    for (const mechanism of password === undefined ? [] : mechanisms) {
      const text = `${mechanism}=iterations=${iterations},password=${password}\n`
      const args = ['--alter', '--entity-type', 'users', '--entity-name', kopsName]
      await runTool({ tool: 'configs', args, secret: { option: '--add-config-file', text } })
    }
  }

  // Side by side: starting such a tool takes most of its time. All of them end before this does.
  const results = await Promise.allSettled([
    setPassword(),
    ...grantingArguments(principal).map((args) => runTool({ tool: 'acls', args }))
  ])
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  await place.remember(wanted)
}
