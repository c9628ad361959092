import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { securedEnvironment } from '#shared/cluster/compose/config.ts'
import { writeContainerFiles } from '#shared/cluster/compose/container-files.ts'
import { type ClusterDefinition, defaultHeap, defaultName, defaultPorts } from '#shared/cluster/definition.ts'
import { securityFiles } from '#shared/cluster/security/files.ts'

const projectRoot = join(import.meta.dirname, '../../../../..')
const securities = ['ssl', 'sasl_ssl'] as const

async function prepare(t: Test, security: (typeof securities)[number]) {
  const stateDir = t.testdir({})
  const definition: ClusterDefinition = {
    id: 'abc123',
    name: defaultName,
    runtime: 'compose',
    security,
    ports: defaultPorts,
    heap: defaultHeap
  }
  await writeContainerFiles(stateDir, definition)
  const { folder, containers } = securityFiles(stateDir)
  const read = (path: string) => readFile(join(containers.folder, path), 'utf8')
  return {
    folder,
    folders: containers.folder,
    again: () => writeContainerFiles(stateDir, definition),
    read,
    /** The files of a container. */
    async files(container: string) {
      const entries = await readdir(containers.mounted(container), { recursive: true, withFileTypes: true })
      const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
      return paths.map((path) => relative(containers.mounted(container), path)).sort()
    },
    /** The variables of a container by their names. */
    async variables(container: string) {
      const lines = (await read(`${container}.env`)).trim().split('\n')
      return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]))
    },
    password: async () => (await readFile(join(folder, 'kops/password'), 'utf8')).trim()
  }
}

t.test('each container gets the files that it needs, and no other', async (t) => {
  const certificate = ['kops/certificate.pem', 'kops/key.pem']
  const cases = {
    ssl: { services: certificate, agent: certificate, 'kafka-ui': ['kops/keystore.pem'] },
    sasl_ssl: { services: ['kops/password'], agent: [], 'kafka-ui': [] }
  }
  for (const security of securities) {
    const { files } = await prepare(t, security)
    for (const name of ['kafka-1', 'kafka-2', 'kafka-3']) {
      const own = ['brokers/admin.properties', `brokers/${name}.pem`, `brokers/${name}.properties`, 'ca.pem']
      t.same(await files(name), own, `${security} ${name}`)
    }
    for (const [name, own] of Object.entries(cases[security])) {
      t.same(await files(name), ['ca.pem', ...own], `${security} ${name}`)
    }
  }
})

t.test('whoever a container runs as reads its files; on this machine only one user reaches them', async (t) => {
  const { folders } = await prepare(t, 'sasl_ssl')
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
  t.equal(await modeOf(folders), '700')
  for (const entry of await readdir(folders, { recursive: true, withFileTypes: true })) {
    const expected = entry.isDirectory() ? '755' : entry.name.endsWith('.env') ? '600' : '644'
    t.equal(await modeOf(join(entry.parentPath, entry.name)), expected, entry.name)
  }
})

t.test('a broker reads its settings where they are mounted, and its certificate has its name', async (t) => {
  const { read } = await prepare(t, 'sasl_ssl')
  t.match(
    await read('kafka-2/brokers/kafka-2.properties'),
    /^ssl\.keystore\.location=\/etc\/kops\/security\/brokers\/kafka-2\.pem$/m
  )
  t.match(await read('kafka-2/brokers/admin.properties'), /location=\/etc\/kops\/security\/brokers\/kafka-2\.pem$/m)
  const certificate = new X509Certificate(await read('kafka-2/brokers/kafka-2.pem'))
  for (const name of ['kafka-2', 'localhost']) t.equal(certificate.checkHost(name), name)
  t.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1')
})

t.test('services, agent and Kafka UI get their settings as variables', async (t) => {
  const passwords = await prepare(t, 'sasl_ssl')
  t.match(await passwords.variables('services'), {
    KOPS_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KOPS_KAFKA_SSL_CA: '/etc/kops/security/ca.pem',
    KOPS_KAFKA_SASL_PASSWORD_FILE: '/etc/kops/security/kops/password'
  })
  t.same(await passwords.variables('agent'), { KOPS_CLUSTER_SECURITY: 'sasl_ssl' })
  t.match(await passwords.variables('kafka-ui'), {
    KAFKA_CLUSTERS_0_PROPERTIES_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_CLUSTERS_0_PROPERTIES_SASL_JAAS_CONFIG: `org.apache.kafka.common.security.scram.ScramLoginModule required username="kops" password="${await passwords.password()}";`,
    KAFKA_CLUSTERS_0_PROPERTIES_SSL_TRUSTSTORE_LOCATION: '/etc/kops/security/ca.pem'
  })
  const certificates = await prepare(t, 'ssl')
  t.match(await certificates.variables('services'), { KOPS_KAFKA_SSL_KEY: '/etc/kops/security/kops/key.pem' })
  t.match(await certificates.variables('kafka-ui'), {
    KAFKA_CLUSTERS_0_PROPERTIES_SSL_KEYSTORE_LOCATION: '/etc/kops/security/kops/keystore.pem'
  })
})

t.test('a second set-up changes nothing that is in use', async (t) => {
  const { read, again } = await prepare(t, 'ssl')
  const paths = ['kafka-1/brokers/kafka-1.pem', 'services/kops/key.pem', 'services/ca.pem']
  const before = await Promise.all(paths.map(read))
  await again()
  t.same(await Promise.all(paths.map(read)), before)
})

t.test('docker-compose.security.yml has every container that speaks to brokers', async (t) => {
  const parsed = async (name: string) =>
    parse(await readFile(join(projectRoot, name), 'utf8'), { merge: true }).services
  const all = Object.entries<{ command?: string[]; environment?: object }>(await parsed('docker-compose.cluster.yml'))
  const clients = all.filter(
    ([name, { command, environment = {} }]) =>
      name === 'agent' ||
      command?.[0] === 'broker' ||
      Object.keys(environment).some((key) => /BOOTSTRAP_?SERVERS/.test(key))
  )
  const secured = await parsed('docker-compose.security.yml')
  // A secured cluster has no worker of Kafka Connect.
  const expected = clients.map(([name]) => name).filter((name) => name !== 'kafka-connect')
  t.same(Object.keys(secured).sort(), expected.sort())
})

t.test('Compose accepts both files together', async (t) => {
  const command = await composeCommand()
  if (!command) {
    t.comment('Compose is not installed here')
    return
  }
  const [program = '', ...first] = command
  for (const security of securities) {
    const { folder } = await prepare(t, security)
    const env = securedEnvironment(process.env, folder)
    const { stdout } = await run(program, [...first, 'config'], { cwd: projectRoot, env })
    const { services } = parse(stdout)
    const protocol = services['health-service'].environment['KOPS_KAFKA_SECURITY_PROTOCOL']
    t.equal(protocol, security === 'ssl' ? 'SSL' : 'SASL_SSL')
    t.match(JSON.stringify(services['kafka-2'].volumes), `${folder}/containers/kafka-2`)
    t.match(JSON.stringify(services['kafka-2'].volumes), '/var/lib/kafka/data')
  }
})

const run = promisify(execFile)

async function composeCommand(): Promise<string[] | undefined> {
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    const [program = '', ...first] = command
    const found = await run(program, [...first, 'version']).catch(() => undefined)
    if (found) return command
  }
  return undefined
}
