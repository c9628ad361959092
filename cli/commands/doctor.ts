import type { Command } from 'commander'
import { createClient } from '#shared/client/client.ts'
import { type ClusterDefinition, defaultPorts, loadDefinition } from '#shared/cluster/definition.ts'
import type { DoctorReport } from '#shared/contracts/doctor.ts'
import { type Access, authoritiesOf, localUrls, readToken } from '../access.ts'
import { type ReadOptions, show } from '../answer.ts'
import type { CommandContext } from '../context.ts'
import { countsOf, findingsOf } from '../doctor/check.ts'
import { checklist, checks } from '../doctor/checks/index.ts'
import { kopsVariables, namedSecretFiles } from '../doctor/config.ts'
import { type Place, readSources } from '../doctor/read/index.ts'
import { exit } from '../exit-codes.ts'
import { examples, reads } from '../options.ts'
import { UsageError } from '../output.ts'
import { printDoctor } from '../print/doctor.ts'

interface DoctorOptions extends ReadOptions {
  production?: boolean
  problems?: boolean
}

/** For each reading; all are made side by side. */
const readingMs = 4000

/** `kops doctor`: exits with 1 if there is an error, so that scripts can stop. */
export function addDoctorCommand(doctor: Command, context: CommandContext): void {
  examples(
    reads(
      doctor
        .option('--production', "go through production's checklist as well")
        .option('--problems', 'show problems only: errors, warnings, and what could not be checked')
    ),
    'doctor',
    'doctor --production --problems',
    'doctor --json | jq \'.findings[] | select(.severity == "error")\''
  ).action(async ({ production = false, problems = false, ...options }: DoctorOptions) => {
    const report = await diagnose(await placeOf(context), production)
    if (report.counts.error > 0) process.exitCode = exit.refused
    show(context.output, options, report, () => printDoctor(context.output, report, problems))
  })
}

async function placeOf({ projectRoot, stateDir, access }: CommandContext): Promise<Place> {
  // What is wrong with files is a finding of its own, and no reason to give up.
  const own = await loadDefinition(stateDir()).catch((): ClusterDefinition | undefined => undefined)
  const found = await access().catch((error: unknown) => {
    if (error instanceof UsageError) throw error
    return localAccess
  })
  const { urls, context } = found
  const token = await readToken(found.token).catch(() => undefined)
  const ca = unlessItFails(() => authoritiesOf(found))
  return {
    projectRoot,
    stateDir: stateDir(),
    definition: context === undefined ? own : undefined,
    withoutDefinition:
      context === undefined
        ? `no cluster is set up in ${stateDir()}: ./setup.sh sets one up`
        : `the cluster of the context ${context.name} is not the one of this checkout`,
    access: found,
    client: createClient({ urls, token, ca }),
    stranger: createClient({ urls, ca }),
    ca,
    variables: kopsVariables(),
    secretFiles: namedSecretFiles()
  }
}

/** Where services are if the definition of the cluster cannot be read. */
const localAccess: Access = { urls: localUrls(defaultPorts), token: undefined, ca: undefined, context: undefined }

function unlessItFails<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

async function diagnose(place: Place, production: boolean): Promise<DoctorReport> {
  const startedAt = performance.now()
  const table = production ? [...checks, ...checklist] : checks
  const readings = await readSources(
    place,
    table.flatMap(({ needs }) => needs),
    readingMs
  )
  const findings = findingsOf(table, readings)
  const durationMs = Math.round(performance.now() - startedAt)
  return { production, counts: countsOf(findings), findings, asOf: new Date().toISOString(), durationMs }
}
