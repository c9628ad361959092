import { createHash, randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KopsError } from '../../errors/catalog.ts'
import { run } from '../command.ts'
import { type ClusterDefinition, modeOf } from '../definition.ts'
import { type KafkaTool, kafkaToolArguments } from '../kafka-tools.ts'
import { kopsName, kopsPrincipal, passwordOf } from './credentials.ts'
import { securityFiles, writePrivate } from './files.ts'
import { grantingArguments, rights } from './rights.ts'

export interface GrantAccessOptions {
  stateDir: string
  definition: ClusterDefinition
  /** The brokers' own listener, as host:port. */
  brokers: string[]
  projectRoot: string
  java: string
}

const toolMs = 60_000
/** Kafka's default for SCRAM-SHA-512 is 4096, its lower limit. */
const iterations = 8192

/**
 * Gives kops its password and its rights, unless the cluster already has them. Acts as a broker, on the brokers' own
 * listener: brokers authenticate by certificate there, so users need not exist before the brokers start.
 * @throws KopsError runtime_failed with the message of Kafka's tool
 */
export async function grantAccess({
  stateDir,
  definition,
  brokers,
  projectRoot,
  java
}: GrantAccessOptions): Promise<void> {
  const files = securityFiles(stateDir)
  const principal = kopsPrincipal(definition)
  const password = await passwordOf(files)
  const mechanisms = [
    'SCRAM-SHA-512',
    ...(definition.clientListener?.saslMechanisms ?? []).filter((mechanism) => mechanism === 'SCRAM-SHA-256')
  ]
  const wanted = createHash('sha256').update(JSON.stringify({ principal, password, mechanisms, rights })).digest('hex')
  const { granted, folder, admin } = files.brokers
  if ((await readFile(granted, 'utf8').catch(() => '')).trim() === wanted) return

  const place = { projectRoot, bootstrapServers: brokers, mode: modeOf(definition), commandConfig: admin }
  async function runTool(tool: KafkaTool, args: string[]): Promise<void> {
    // A short process: the optimizing compiler would cost more than it saves.
    const options = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    try {
      await run(java, [...options, ...kafkaToolArguments(tool, args, place)], { timeoutMs: toolMs })
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause)
      throw new KopsError('runtime_failed', `kops cannot be given access to the cluster: ${said}`, { cause })
    }
  }

  async function setPassword(): Promise<void> {
    // One call for each mechanism: a user is altered at most once in a request.
    for (const mechanism of password === undefined ? [] : mechanisms) {
      // From a file: everyone on this machine sees the arguments of a process.
      const credential = join(folder, `credential-${randomUUID()}`)
      try {
        await writePrivate(credential, `${mechanism}=iterations=${iterations},password=${password}\n`)
        const user = ['--entity-type', 'users', '--entity-name', kopsName]
        await runTool('configs', ['--alter', ...user, '--add-config-file', credential])
      } finally {
        await rm(credential, { force: true })
      }
    }
  }

  // Side by side: starting such a tool takes most of its time. All of them end before this does.
  const results = await Promise.allSettled([
    setPassword(),
    ...grantingArguments(principal).map((args) => runTool('acls', args))
  ])
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  await writePrivate(granted, `${wanted}\n`)
}
