import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import { clientProperties } from '#shared/cluster/security/client-properties.ts'
import { ensureBrokerSecrets, ensureCredentials, kopsPrincipal } from '#shared/cluster/security/credentials.ts'
import { securityFiles } from '#shared/cluster/security/files.ts'
import { kafkaSettings } from '#shared/cluster/security/kafka-settings.ts'

const plain: ClusterDefinition = {
  id: 'abc123',
  name: 'test',
  runtime: 'local',
  ports: defaultPorts,
  heap: defaultHeap
}
const broker = { name: 'kafka-1', address: '10.213.7.11' }

/** Every file with its permissions and text. */
async function filesOf(stateDir: string): Promise<Record<string, { mode: string; text: string }>> {
  const { folder } = securityFiles(stateDir)
  const found: Record<string, { mode: string; text: string }> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const mode = ((await stat(path)).mode & 0o777).toString(8)
    found[path.slice(folder.length + 1)] = { mode, text: entry.isFile() ? await readFile(path, 'utf8') : '' }
  }
  return found
}

async function prepare(t: Test, security: 'ssl' | 'sasl_ssl') {
  const stateDir = t.testdir({})
  const definition = { ...plain, security }
  await ensureCredentials(stateDir, definition)
  await ensureBrokerSecrets(stateDir, definition, broker)
  return { stateDir, definition }
}

t.test('a cluster in plain text gets no credentials', async (t) => {
  const stateDir = t.testdir({})
  await ensureCredentials(stateDir, plain)
  t.equal(await ensureBrokerSecrets(stateDir, plain, broker), undefined)
  t.same(await readdir(stateDir), [])
  t.same(kafkaSettings(plain, stateDir), {})
  t.equal(await clientProperties(stateDir, plain), undefined)
})

t.test('only the certificate of the authority can be read by everyone', async (t) => {
  const own = {
    ssl: ['kops/certificate.pem', 'kops/key.pem', 'kops/keystore.pem'],
    sasl_ssl: ['kops/password']
  }
  for (const security of ['ssl', 'sasl_ssl'] as const) {
    const { stateDir } = await prepare(t, security)
    const modes = Object.entries(await filesOf(stateDir)).map(([path, { mode }]) => `${mode} ${path}`)
    t.same(
      modes.sort(),
      [
        '644 ca.pem',
        ...['authority', 'brokers', 'kops'].map((path) => `700 ${path}`),
        ...['authority/key.pem', 'brokers/admin.properties', 'brokers/kafka-1.pem'].map((path) => `600 ${path}`),
        ...['kops/client.properties', ...own[security]].map((path) => `600 ${path}`)
      ].sort(),
      security
    )
  }
})

t.test('what can be used on stays; a broker with another address gets another certificate', async (t) => {
  for (const security of ['ssl', 'sasl_ssl'] as const) {
    const { stateDir, definition } = await prepare(t, security)
    const before = await filesOf(stateDir)
    await ensureCredentials(stateDir, definition)
    await ensureBrokerSecrets(stateDir, definition, broker)
    t.same(await filesOf(stateDir), before, security)
    await ensureBrokerSecrets(stateDir, definition, { ...broker, address: '10.213.8.11' })
    const after = await filesOf(stateDir)
    const changed = Object.keys(after).filter((path) => after[path]?.text !== before[path]?.text)
    t.same(changed, ['brokers/kafka-1.pem'])
  }
})

t.test('services and tools get the same credentials, and brokers know them by one principal', async (t) => {
  const withPassword = await prepare(t, 'sasl_ssl')
  const settings = kafkaSettings(withPassword.definition, withPassword.stateDir)
  t.match(settings, { KOPS_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KOPS_KAFKA_SASL_USERNAME: 'kops' })
  const password = (await readFile(settings['KOPS_KAFKA_SASL_PASSWORD_FILE'] ?? '', 'utf8')).trim()
  t.match(password, /^[\w-]{43}$/)
  const client = (await clientProperties(withPassword.stateDir, withPassword.definition)) ?? ''
  t.ok((await readFile(client, 'utf8')).includes(`username="kops" password="${password}";`))
  t.equal(kopsPrincipal(withPassword.definition), 'User:kops')

  const withCertificate = await prepare(t, 'ssl')
  t.match(kafkaSettings(withCertificate.definition, withCertificate.stateDir), {
    KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL',
    KOPS_KAFKA_SSL_CERT: /certificate\.pem$/,
    KOPS_KAFKA_SSL_KEY: /key\.pem$/
  })
  t.equal(kopsPrincipal(withCertificate.definition), 'User:CN=kops')
})

t.test('a password that another cluster has left behind is not used', async (t) => {
  const { stateDir, definition } = await prepare(t, 'sasl_ssl')
  const withCertificate = { ...definition, security: 'ssl' as const }
  await ensureCredentials(stateDir, withCertificate)
  const client = (await clientProperties(stateDir, withCertificate)) ?? ''
  t.match(await readFile(client, 'utf8'), /^security\.protocol=SSL$/m)
  t.match(await ensureBrokerSecrets(stateDir, withCertificate, broker), { password: undefined })
})

t.test('a tool whose user may not read the credentials reports that', async (t) => {
  const error = { code: 'runtime_failed', message: /cannot be read: only root/ }
  await t.rejects(clientProperties(t.testdir({}), { security: 'ssl' }), error)
})
