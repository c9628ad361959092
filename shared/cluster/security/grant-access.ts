import { createHash } from 'node:crypto'
import { type Static, Type } from 'typebox'
import Value from 'typebox/value'
import { KopsError } from '../../errors/catalog.ts'
import { parseJson } from '../../json.ts'
import type { ClusterDefinition } from '../definition.ts'
import type { KafkaTool } from '../kafka-tools.ts'
import { kopsName, kopsPrincipal, passwordOf } from './credentials.ts'
import { securityFiles } from './files.ts'
import { AccessSchema, aclArguments, rights, superfluous } from './rights.ts'

/** The access of kops as a runtime gives it: as a broker, on the brokers' own listener. */
export interface AccessPlace {
  /** Runs one of Kafka's tools. Rejects with its message. */
  runTool(call: ToolCall): Promise<void>
  /** What `remember` was last called with; empty if never. */
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

/** What a cluster was given, as it is remembered; with a hash of all of it, also of the password. */
const GivenSchema = Type.Object({ ...AccessSchema.properties, sha256: Type.String() })
type Given = Static<typeof GivenSchema>

/**
 * Gives kops its password and its rights, unless the cluster already has them, and takes back the rights that an earlier
 * version gave and the table no longer has. ACLs that others made for kops stay. Brokers authenticate by certificate, so users
 * need not exist before the brokers start.
 * @throws KopsError runtime_failed with the message of Kafka's tool
 */
export async function grantAccess(stateDir: string, definition: ClusterDefinition, place: AccessPlace): Promise<void> {
  const principal = kopsPrincipal(definition)
  const password = await passwordOf(securityFiles(stateDir), definition)
  const mechanisms = [
    'SCRAM-SHA-512',
    ...(definition.clientListener?.saslMechanisms ?? []).filter((mechanism) => mechanism === 'SCRAM-SHA-256')
  ]
  const sha256 = createHash('sha256').update(JSON.stringify({ principal, password, mechanisms, rights })).digest('hex')
  const given = parseGiven(await place.granted())
  if (given?.sha256 === sha256) return
  const present = {
    principal,
    rights: rights.map(({ resource, pattern, operation }) => ({ resource, pattern, operation }))
  }

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
    ...[
      ...aclArguments('grant', present),
      ...(given === undefined ? [] : aclArguments('revoke', superfluous(given, present)))
    ].map((args) => runTool({ tool: 'acls', args }))
  ])
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  await place.remember(JSON.stringify({ sha256, ...present } satisfies Given))
}

/** undefined if nothing is remembered, or by a version that did not remember the rights. */
function parseGiven(text: string): Given | undefined {
  const given = parseJson(text)
  return Value.Check(GivenSchema, given) ? given : undefined
}
