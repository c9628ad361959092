import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { connectEnvironment } from '#shared/cluster/compose/config.ts'
import { connectFiles, ensureConnectPassword, workerValues, writeWorkerFiles } from '#shared/cluster/connect/files.ts'
import { connectSettings, workerUserOf } from '#shared/cluster/connect/worker.ts'
import { type ClusterDefinition, defaultConnect, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import { nodeUserOf } from '#shared/cluster/local/node-user.ts'

const root = join(import.meta.dirname, '../../../../..')
const template = join(root, 'kafka/templates/connect.properties')
const definition: ClusterDefinition = {
  id: 'a1b2c3',
  name: 'c1',
  runtime: 'local',
  ports: defaultPorts,
  heap: defaultHeap,
  connect: defaultConnect
}

t.test('the worker listens on loopback, asks for a password, and keeps three replicas of what it stores', async (t) => {
  const files = connectFiles(t.testdir())
  const password = await ensureConnectPassword(files, undefined)
  await writeWorkerFiles(definition, { files, template, password, user: undefined, reader: undefined })
  const text = await readFile(files.properties, 'utf8')
  const settings = Object.fromEntries(
    text.split('\n').flatMap((line) => (/^[a-z]/.test(line) ? [line.split(/=(.*)/s).slice(0, 2)] : []))
  )
  t.match(settings, {
    'bootstrap.servers': '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094',
    listeners: 'http://127.0.0.1:8084',
    'admin.listeners': '',
    'rest.extension.classes': /BasicAuthSecurityRestExtension$/,
    'config.providers.file.param.allowed.paths': files.secrets
  })
  for (const what of ['config', 'offset', 'status']) {
    t.equal(settings[`${what}.storage.replication.factor`], '3')
    t.match(settings[`${what}.storage.topic`], /^__connect-/, 'kops lets nobody change or delete it')
  }
  t.match(await readFile(files.login, 'utf8'), files.users)
  t.equal(await readFile(files.users, 'utf8'), `kops=${password}\n`)
})

t.test('a cluster of one broker has one replica of it', async (t) => {
  const one = { ...definition, ports: { ...defaultPorts, kafka: [9092] } }
  t.equal(workerValues(one, connectFiles('/s'), [])['REPLICATION_FACTOR'], '1')
})

t.test('only further connectors are looked for in every jar, which takes seconds', async (t) => {
  const discovery = (plugins: string[]) => workerValues(definition, connectFiles('/s'), plugins)['PLUGIN_DISCOVERY']
  t.equal(discovery([]), 'service_load')
  t.equal(discovery(['jdbc']), 'hybrid_warn')
})

t.test('the password stays, and only its owner reads it', async (t) => {
  const files = connectFiles(t.testdir())
  const password = await ensureConnectPassword(files, undefined)
  t.ok(password.length >= 20)
  t.equal(await ensureConnectPassword(files, undefined), password)
  for (const path of [files.password, files.curl]) t.equal((await stat(path)).mode & 0o777, 0o600)
  t.equal(await readFile(files.curl, 'utf8'), `user = "kops:${password}"\n`)
  t.match(connectSettings(definition, '/s'), {
    KOPS_CONNECT_URL: 'http://kops@127.0.0.1:8084',
    KOPS_CONNECT_PASSWORD_FILE: '/s/connect/password'
  })
  const { connect: _, ...without } = definition
  t.same(connectSettings(without, '/s'), {})
})

const skip = process.getuid?.() === 0 ? false : 'only root can start the worker as another user'

t.test(
  'the worker is another user than the brokers, owns what it writes, and only reads the rest',
  { skip },
  async (t) => {
    const user = workerUserOf('a1b2c3')
    t.not(user.uid, nodeUserOf('a1b2c3').uid)
    const files = connectFiles(t.testdir())
    await mkdir(files.secrets, { recursive: true })
    await writeFile(join(files.secrets, 'db.properties'), 'password=x\n', { mode: 0o600 })
    const reader = { uid: 1234, gid: 1234 }
    const password = await ensureConnectPassword(files, reader)
    await writeWorkerFiles(definition, { files, template, password, user, reader })
    t.match(await stat(files.data), { uid: user.uid, gid: 1234, mode: 0o40750 })
    for (const path of [files.properties, files.login, files.users, join(files.secrets, 'db.properties')]) {
      t.match(await stat(path), { uid: 0, gid: user.gid, mode: 0o100640 }, path)
    }
    t.match(await stat(files.password), { uid: 1234, mode: 0o100600 })
  }
)

t.test('in a container it has the same settings, and a port on loopback of this machine', async (t) => {
  const { services, volumes } = parse(await readFile(join(root, 'docker-compose.cluster.yml'), 'utf8'), { merge: true })
  const worker = services['kafka-connect']
  t.match(worker, { profiles: ['connect'], read_only: true, cap_drop: ['ALL'], command: ['connect'] })
  t.same(worker.ports, ['127.0.0.1:${CONNECT_PORT:-8084}:8084'])
  t.ok('connect-data' in volumes)
  const entrypoint = await readFile(join(root, 'kafka/entrypoint.sh'), 'utf8')
  const [, rendered = ''] = /connect\.properties"((?:[^>]|\n)*)>/.exec(entrypoint) ?? []
  const names = rendered.match(/[A-Z_]+/g) ?? []
  t.same(
    names.sort(),
    Object.keys(workerValues(definition, connectFiles('/s'), [])).sort(),
    'the template is filled in whole'
  )

  const env = connectEnvironment(definition, 'pw', {})
  t.match(env, {
    COMPOSE_PROFILES: 'ui,connect',
    CONNECT_PASSWORD: 'pw',
    CONNECT_PORT: '8084',
    KOPS_CONNECT_URL: 'http://kops:pw@kafka-connect:8084'
  })
  t.equal(connectEnvironment(definition, 'pw', { COMPOSE_PROFILES: '' })['COMPOSE_PROFILES'], 'connect')
  t.equal(services['admin-service'].environment.KOPS_CONNECT_URL, '${KOPS_CONNECT_URL:-}')
})
