import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../command.ts'
import { type ClusterDefinition, modeOf } from '../definition.ts'
import { kafkaToolArguments } from '../kafka-tools.ts'
import { securityFiles, writePrivate } from '../security/files.ts'
import { type AccessPlace, shortLived, toolMs } from '../security/grant-access.ts'

export interface BrokerAccessOptions {
  stateDir: string
  definition: ClusterDefinition
  /** The brokers' own listener, as host:port. */
  brokers: string[]
  projectRoot: string
  java: string
}

/** Access with the credentials of the first broker, by processes on this machine. */
export function createBrokerAccess(options: BrokerAccessOptions): AccessPlace {
  const { stateDir, definition, brokers, projectRoot, java } = options
  const { granted, folder, admin } = securityFiles(stateDir).brokers
  const place = { projectRoot, bootstrapServers: brokers, mode: modeOf(definition), commandConfig: admin }

  return {
    async runTool({ tool, args, secret }) {
      const file = join(folder, `secret-${randomUUID()}`)
      const withFile = secret === undefined ? args : [...args, secret.option, file]
      try {
        if (secret !== undefined) await writePrivate(file, secret.text)
        await run(java, [...shortLived, ...kafkaToolArguments(tool, withFile, place)], { timeoutMs: toolMs })
      } finally {
        await rm(file, { force: true })
      }
    },
    granted: () => readFile(granted, 'utf8').catch(() => ''),
    remember: (text) => writePrivate(granted, `${text}\n`)
  }
}
