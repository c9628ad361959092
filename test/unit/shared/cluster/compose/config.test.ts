import t from 'tap'
import { agentDir, agentSocket } from '#shared/cluster/agent-sockets.ts'
import { composeEnvironment, definitionFromEnvironment, securedEnvironment } from '#shared/cluster/compose/config.ts'
import { nodeNames, securityOf } from '#shared/cluster/definition.ts'

const user = { uid: 1001, gid: 1002 }

t.test('the agent in its container takes the cluster from the environment', async (t) => {
  const definition = definitionFromEnvironment('/var/lib/kops-agent', {
    KOPS_COMPOSE_PROJECT: 'logs',
    KOPS_KAFKA_PORTS: '9092,9093,9094,9095',
    KOPS_ZOOKEEPER_PORTS: '2181,2182,2183'
  })
  t.match(definition, { name: 'logs', runtime: 'compose', ports: { kafka: [9092, 9093, 9094, 9095] } })
  t.same(nodeNames(definition).brokers, ['kafka-1', 'kafka-2', 'kafka-3', 'kafka-4'], 'a port more is a broker more')
})

t.test('without an environment it is the cluster of docker-compose.cluster.yml', async (t) => {
  t.match(definitionFromEnvironment('/var/lib/kops-agent', {}), {
    name: 'kafka-log-streaming-cluster',
    ports: { kafka: [9092, 9093, 9094], zookeeper: [2181, 2182, 2183] }
  })
})

t.test('the agent in its container knows how brokers are reached', async (t) => {
  const security = (env: NodeJS.ProcessEnv) => securityOf(definitionFromEnvironment('/x', env))
  t.equal(security({}), 'plaintext')
  for (const kind of ['plaintext', 'ssl', 'sasl_ssl']) t.equal(security({ KOPS_CLUSTER_SECURITY: kind }), kind)
  t.throws(() => security({ KOPS_CLUSTER_SECURITY: 'tls' }), /KOPS_CLUSTER_SECURITY/)
})

t.test('Compose reads the file of a secured cluster after the others, once', async (t) => {
  const files = (given?: string) =>
    securedEnvironment(given === undefined ? {} : { COMPOSE_FILE: given }, '/s')['COMPOSE_FILE']
  t.equal(files(), 'docker-compose.cluster.yml:docker-compose.security.yml')
  t.equal(files(files()), files())
  t.equal(
    files('docker-compose.cluster.yml:mine.yml'),
    'docker-compose.cluster.yml:mine.yml:docker-compose.security.yml'
  )
})

t.test('ports that are none are refused by the name of their setting', async (t) => {
  t.throws(() => definitionFromEnvironment('/x', { KOPS_KAFKA_PORTS: '9092,,9094' }), /KOPS_KAFKA_PORTS/)
})

t.test("Compose gets the definition's ports, heaps and socket directory besides the environment", async (t) => {
  const definition = definitionFromEnvironment('/var/lib/kops-agent', { KOPS_KAFKA_PORTS: '19092,19093,19094' })
  const env = composeEnvironment({ ...definition, heap: { broker: '1g', zookeeper: '128m' } }, user, {
    PATH: '/usr/bin',
    KAFKA_1_PORT: '1',
    COMPOSE_PROFILES: ''
  })
  t.match(env, {
    PATH: '/usr/bin',
    COMPOSE_PROFILES: '',
    COMPOSE_PROJECT_NAME: 'kafka-log-streaming-cluster',
    KAFKA_1_PORT: '19092',
    KAFKA_3_PORT: '19094',
    ZOOKEEPER_2_PORT: '2182',
    ADMIN_PORT: '8081',
    KAFKA_HEAP: '1g',
    ZOOKEEPER_HEAP: '128m',
    KOPS_AGENT_DIR: agentDir(definition),
    KOPS_SETUP_UID: '1001',
    KOPS_SETUP_GID: '1002'
  })
})

t.test('Compose mounts what set-up has written', async (t) => {
  const definition = definitionFromEnvironment('/var/lib/kops-agent', {})
  const monitoring = { observabilityDir: '/s/observability', accessDir: '/s/access' }
  const env = composeEnvironment(definition, { uid: 0, gid: 0 }, {}, monitoring)
  t.match(env, { KOPS_OBSERVABILITY_DIR: '/s/observability', KOPS_MONITORING_ACCESS_DIR: '/s/access' })
})

t.test('the agent belongs to whoever ran setup, who is root in the containers of a rootless engine', async (t) => {
  const definition = definitionFromEnvironment('/var/lib/kops-agent', {})
  const rootless = 'unix:///run/user/1001/docker.sock'
  const cases: [user: { uid: number; gid: number }, env: NodeJS.ProcessEnv, owner: string][] = [
    [user, {}, '1001'],
    [{ uid: 0, gid: 0 }, {}, '0'],
    [user, { DOCKER_HOST: rootless }, '0'],
    [user, { DOCKER_SOCKET: '/run/user/1001/podman.sock' }, '0'],
    [user, { DOCKER_HOST: 'unix:///var/run/docker.sock' }, '1001']
  ]
  for (const [who, env, owner] of cases) t.equal(composeEnvironment(definition, who, env)['KOPS_SETUP_UID'], owner)
  t.notOk('KOPS_SETUP_GID' in composeEnvironment(definition, { uid: 0, gid: 0 }, {}), 'root gives no group access')
})

t.test("the agent's container gets the socket of the engine that Compose talks to", async (t) => {
  const definition = definitionFromEnvironment('/var/lib/kops-agent', {})
  const rootless = 'unix:///run/user/1000/docker.sock'
  const cases: [env: NodeJS.ProcessEnv, socket: string | undefined][] = [
    [{}, undefined],
    [{ DOCKER_HOST: rootless }, '/run/user/1000/docker.sock'],
    [{ DOCKER_HOST: rootless, DOCKER_SOCKET: '/run/other.sock' }, '/run/other.sock'],
    [{ DOCKER_HOST: 'tcp://192.0.2.1:2375' }, undefined]
  ]
  for (const [env, socket] of cases) t.equal(composeEnvironment(definition, user, env)['DOCKER_SOCKET'], socket)
})

t.test('the socket is found by the name of the project, from whichever checkout', async (t) => {
  const here = definitionFromEnvironment('/a', {})
  const there = definitionFromEnvironment('/b', {})
  t.not(here.id, there.id)
  t.equal(agentSocket(here), agentSocket(there))
  t.not(agentSocket({ ...here, runtime: 'local' }), agentSocket({ ...there, runtime: 'local' }))
})
