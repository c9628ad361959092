import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { addedBrokersFile, writeAddedBrokers } from '#shared/cluster/compose/added-brokers.ts'
import { withFile } from '#shared/cluster/compose/config.ts'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import { withBroker } from '#shared/cluster/scale/broker-count.ts'

const projectRoot = join(import.meta.dirname, '../../../../..')
const source = await readFile(join(projectRoot, 'docker-compose.cluster.yml'), 'utf8')
const three: ClusterDefinition = {
  id: 'abc123',
  name: 'test',
  runtime: 'compose',
  ports: defaultPorts,
  heap: defaultHeap
}
const four = withBroker(three, { kafka: 9096, jmx: 7074 })

t.test('without added brokers there is no file', async (t) => {
  t.equal(addedBrokersFile(source, three), undefined)
  t.equal(await writeAddedBrokers(three, { projectRoot, stateDir: t.testdir() }), undefined)
})

t.test('a fourth broker is like the third one, but for its name, id, ports and volume', async (t) => {
  const made = parse(addedBrokersFile(source, four) ?? '')
  const base = parse(source, { merge: true })
  const third = base.services['kafka-3']
  t.same(made.services['kafka-4'], {
    ...third,
    container_name: 'kafka-4',
    hostname: 'kafka-4',
    environment: { ...third.environment, KAFKA_BROKER_ID: 4, KAFKA_EXTERNAL_PORT: '${KAFKA_4_PORT}' },
    ports: ['127.0.0.1:${KAFKA_4_PORT}:19092'],
    volumes: ['kafka-4-data:/var/lib/kafka/data']
  })
  t.same(Object.keys(made.services).sort(), ['agent', 'health-service', 'kafka-4', 'prometheus'])
  t.same(made.volumes, { 'kafka-4-data': null })
})

t.test('what names brokers names all of them, as the file for three does', async (t) => {
  const made = parse(addedBrokersFile(source, four) ?? '').services
  const base = parse(source, { merge: true }).services
  const health = base['health-service'].environment
  t.same(made['health-service'].environment, { KOPS_JMX_TARGETS: `${health.KOPS_JMX_TARGETS},kafka-4:7071` })
  t.equal(made.agent.environment.KOPS_KAFKA_PORTS, '${KAFKA_1_PORT},${KAFKA_2_PORT},${KAFKA_3_PORT},${KAFKA_4_PORT}')
  const places = (services: typeof made) =>
    services.prometheus.volumes.map((volume: string) => volume.split(':').at(-2))
  t.ok(places(base).includes(places(made)[0]), 'its targets are mounted in place of the others')
})

t.test('on a secured cluster it has its files, and listens as the others do', async (t) => {
  const made = parse(addedBrokersFile(source, { ...four, security: 'sasl_ssl' }) ?? '').services['kafka-4']
  t.equal(made.environment.SECURED, 'true')
  t.match(made.volumes, ['kafka-4-data:/var/lib/kafka/data', /containers\/kafka-4:\/etc\/kops\/security:ro$/])
})

t.test('two added brokers', async (t) => {
  const five = withBroker(four, { kafka: 9097, jmx: 7075 })
  const made = parse(addedBrokersFile(source, five) ?? '')
  t.same(Object.keys(made.volumes), ['kafka-4-data', 'kafka-5-data'])
  t.match(made.services['kafka-5'], { hostname: 'kafka-5', environment: { KAFKA_BROKER_ID: 5 } })
})

t.test('Compose reads it after the other files, once', async (t) => {
  const path = await writeAddedBrokers(four, { projectRoot, stateDir: t.testdir() })
  t.match(path, /compose\/added-brokers\.yml$/)
  const env = withFile({ COMPOSE_FILE: 'docker-compose.cluster.yml:docker-compose.security.yml' }, path ?? '')
  t.equal(env['COMPOSE_FILE'], `docker-compose.cluster.yml:docker-compose.security.yml:${path}`)
  t.same(withFile(env, path ?? ''), env)
})
