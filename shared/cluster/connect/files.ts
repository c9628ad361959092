import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readIfPresent } from '../../files/read-if-present.ts'
import { type ClusterDefinition, nodeNames } from '../definition.ts'
import { fillTemplate } from '../local/node-plan.ts'
import { letRead, type NodeUser } from '../local/node-user.ts'
import { writeWhole } from '../observability/write-whole.ts'

/** The name of the worker among the processes on record, and of its container. */
export const connectName = 'kafka-connect'

/** The user of the worker's REST API. */
export const connectUser = 'kops'

/** What belongs to the worker of Kafka Connect, in `connect` of the state directory. */
export function connectFiles(stateDir: string) {
  const folder = join(resolve(stateDir), 'connect')
  const worker = join(folder, 'worker')
  return {
    folder,
    /** The password of its REST API, for the services. */
    password: join(folder, 'password'),
    /** Options of curl for a login: `curl -K`. */
    curl: join(folder, 'curl'),
    worker,
    properties: join(worker, 'connect.properties'),
    /** JAAS, and the file with the password that it names. */
    login: join(worker, 'login.conf'),
    users: join(worker, 'users.properties'),
    /** Further connectors, each in a folder of its own. */
    plugins: join(folder, 'plugins'),
    /** Files with secrets, for references in the settings of connectors. A start lets the worker read them. */
    secrets: join(folder, 'secrets'),
    /** Its working directory, where connectors may write. */
    data: join(resolve(stateDir), 'data', 'connect')
  }
}

export type ConnectFiles = ReturnType<typeof connectFiles>

/**
 * Makes the password of the REST API for its callers, and keeps one that is there.
 * @param reader as which the services run
 * @returns the password
 */
export async function ensureConnectPassword(
  files: ConnectFiles,
  reader: { uid: number; gid: number } | undefined
): Promise<string> {
  await mkdir(files.folder, { recursive: true })
  // Whatever this process' umask is.
  await chmod(files.folder, 0o755)
  const own = { mode: 0o600, reader }
  const password = (await readIfPresent(files.password))?.trim() || randomBytes(16).toString('base64url')
  await writeWhole(files.password, `${password}\n`, own)
  await writeWhole(files.curl, `user = ${JSON.stringify(`${connectUser}:${password}`)}\n`, own)
  return password
}

/**
 * Makes what the worker reads, and the folders that it writes to.
 * @param user as which the worker runs; undefined: as this process's user
 * @param reader as which the services run, and the person who set the cluster up
 */
export async function writeWorkerFiles(
  definition: ClusterDefinition,
  {
    files,
    template,
    password,
    user,
    reader
  }: {
    files: ConnectFiles
    template: string
    password: string
    user: NodeUser | undefined
    reader: { uid: number; gid: number } | undefined
  }
): Promise<void> {
  for (const dir of [files.worker, files.plugins, files.secrets, files.data]) await mkdir(dir, { recursive: true })
  await chmod(files.plugins, 0o755)
  const text = fillTemplate(
    await readFile(template, 'utf8'),
    workerValues(definition, files, await readdir(files.plugins))
  )
  await writeWhole(files.properties, text, { mode: 0o600 })
  await writeWhole(files.login, loginConfig(files.users), { mode: 0o600 })
  await writeWhole(files.users, `${connectUser}=${password}\n`, { mode: 0o600 })
  await letRead(files.worker, [files.properties, files.login, files.users], user)
  const secrets = (await readdir(files.secrets)).map((name) => join(files.secrets, name))
  await letRead(files.secrets, secrets, user)
  await chmod(files.data, 0o750)
  if (user) await chown(files.data, user.uid, reader?.gid ?? user.gid)
}

/**
 * The values of kafka/templates/connect.properties for a worker on this machine.
 * @param plugins names in the folder of further connectors
 */
export function workerValues(
  definition: ClusterDefinition,
  files: ConnectFiles,
  plugins: readonly string[]
): Record<string, string> {
  const { brokers } = nodeNames(definition)
  return {
    BOOTSTRAP_SERVERS: definition.ports.kafka.map((port) => `127.0.0.1:${port}`).join(','),
    REPLICATION_FACTOR: String(Math.min(3, brokers.length)),
    LISTEN_HOST: '127.0.0.1',
    ADVERTISED_HOST: '127.0.0.1',
    PORT: String(definition.connect?.port ?? 0),
    PLUGINS_DIR: files.plugins,
    PLUGIN_DISCOVERY: plugins.length === 0 ? 'service_load' : 'hybrid_warn',
    SECRETS_DIR: files.secrets
  }
}

function loginConfig(users: string): string {
  const module = 'org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule'
  return `KafkaConnect {\n  ${module} required\n  file=${JSON.stringify(users)};\n};\n`
}
