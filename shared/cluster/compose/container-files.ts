import { chmod, mkdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type ClusterDefinition, nodeNames, securityOf } from '../definition.ts'
import { securityProperties } from '../security/broker-properties.ts'
import { ensureBrokerSecrets, ensureCredentials, kopsName, passwordOf } from '../security/credentials.ts'
import { type SecurityFiles, securityFiles, writePrivate, writePublic } from '../security/files.ts'
import { kafkaSettings } from '../security/kafka-settings.ts'
import { toolProperties } from '../security/tool-properties.ts'

/** The state directory as brokers, services and Kafka UI see it: docker-compose.security.yml mounts `security` there. */
export const stateInContainers = '/etc/kops'

/**
 * Makes the credentials of a secured cluster, and for each container of docker-compose.security.yml a folder with those
 * that it needs, at the paths that they have in the state directory. Containers run as several users, whose ids may mean
 * somebody else on this machine: everyone may read the folders, in one that only the user of the set-up can enter.
 */
export async function writeContainerFiles(stateDir: string, definition: ClusterDefinition): Promise<void> {
  await ensureCredentials(stateDir, definition)
  const files = securityFiles(stateDir)
  const inside = securityFiles(stateInContainers)
  const { ca, brokers, kops, containers } = files
  await mkdir(containers.folder, { recursive: true, mode: 0o700 })

  for (const broker of nodeNames(definition).brokers) {
    // Its certificate has no other address: those of containers change.
    const secrets = await ensureBrokerSecrets(stateDir, definition, { name: broker, address: '127.0.0.1' })
    if (secrets === undefined) return
    const keystore = inside.brokers.keystore(broker)
    const properties = securityProperties(definition, { keystore, ca: inside.ca, password: undefined })
    const give = await openFolder(files, broker)
    await give(ca)
    await give(secrets.keystore)
    await give(brokers.properties(broker), `${properties.join('\n')}\n`)
    await give(brokers.admin, toolProperties(inside.ca, { keystore }))
  }

  const isSsl = securityOf(definition) === 'ssl'
  const password = await passwordOf(files, definition)
  const clients = {
    services: {
      gets: isSsl ? [ca, kops.certificate, kops.key] : [ca, kops.password],
      variables: kafkaSettings(definition, stateInContainers)
    },
    // It only asks brokers whether they answer, which needs no password.
    agent: {
      gets: isSsl ? [ca, kops.certificate, kops.key] : [ca],
      variables: { KOPS_CLUSTER_SECURITY: securityOf(definition) }
    },
    'kafka-ui': {
      gets: isSsl ? [ca, kops.keystore] : [ca],
      variables: kafkaUiVariables(
        toolProperties(
          inside.ca,
          password === undefined ? { keystore: inside.kops.keystore } : { user: kopsName, password }
        )
      )
    }
  }
  for (const [container, { gets, variables }] of Object.entries(clients)) {
    const give = await openFolder(files, container)
    for (const path of gets) await give(path)
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
    await writePrivate(containers.environment(container), lines.join(''))
  }
}

/** A container's folder. Gives it one of the files, or a file with another text at the same place. */
async function openFolder({ folder, containers }: SecurityFiles, container: string) {
  const mounted = containers.mounted(container)
  // Whatever this process' umask is.
  const make = async (path: string) => {
    await mkdir(path, { recursive: true })
    await chmod(path, 0o755)
  }
  await make(mounted)
  return async (path: string, text?: string): Promise<void> => {
    const place = join(mounted, relative(folder, path))
    await make(dirname(place))
    await writePublic(place, text ?? (await readFile(path, 'utf8')))
  }
}

/** Properties of a client as Kafka UI takes them from its environment: `ssl.truststore.type` is …_SSL_TRUSTSTORE_TYPE. */
function kafkaUiVariables(properties: string): Record<string, string> {
  const lines = properties.split('\n').filter((line) => line !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [name = ''] = line.split('=', 1)
      const variable = `KAFKA_CLUSTERS_0_PROPERTIES_${name.toUpperCase().replaceAll('.', '_')}`
      return [variable, line.slice(name.length + 1)]
    })
  )
}
