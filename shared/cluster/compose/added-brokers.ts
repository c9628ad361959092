import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { replaceFile } from '../../files/replace-file.ts'
import { type ClusterDefinition, nodeNames, securityOf } from '../definition.ts'

interface Service {
  [key: string]: unknown
  environment: Record<string, unknown>
  ports: string[]
  volumes: string[]
}

const head = `# Brokers that kops scale added, made from docker-compose.cluster.yml: setup lets Compose read this file as the last one.
`

/**
 * What Compose reads besides its other files on a cluster with more brokers than docker-compose.cluster.yml has: each of them made like the
 * last one of that file, and what the agent, health-service and Prometheus know of all. undefined if there are no more.
 * @param source docker-compose.cluster.yml
 */
export function addedBrokersFile(source: string, definition: ClusterDefinition): string | undefined {
  // Anchors are resolved here: another file cannot refer to them.
  const { services } = parse(source, { merge: true }) as { services: Record<string, Service> }
  const { brokers } = nodeNames(definition)
  const added = brokers.filter((name) => services[name] === undefined)
  const model = services[brokers.findLast((name) => services[name] !== undefined) ?? '']
  if (added.length === 0 || model === undefined) return undefined
  const isSecured = securityOf(definition) !== 'plaintext'
  const port = (broker: string) => `\${KAFKA_${numberOf(broker)}_PORT}`
  const list = (of: (broker: string) => string) => brokers.map(of).join(',')
  const made = added.map((broker) => [
    broker,
    {
      ...model,
      container_name: broker,
      hostname: broker,
      environment: {
        ...model.environment,
        KAFKA_BROKER_ID: numberOf(broker),
        KAFKA_EXTERNAL_PORT: port(broker),
        ...(isSecured && { SECURED: 'true' })
      },
      ports: [`127.0.0.1:${port(broker)}:19092`],
      volumes: [
        `${broker}-data:/var/lib/kafka/data`,
        ...(isSecured ? [`\${KOPS_SECURITY_DIR:-./.kops/security}/containers/${broker}:/etc/kops/security:ro`] : [])
      ]
    }
  ])
  const document = {
    services: {
      ...Object.fromEntries(made),
      agent: { environment: { KOPS_KAFKA_PORTS: list(port) } },
      // Services find added brokers through the others, and expect none that has been removed. Exporters it has to know.
      'health-service': { environment: { KOPS_JMX_TARGETS: list((broker) => `${broker}:7071`) } },
      // In place of the list in prometheus/targets-compose.
      prometheus: { volumes: ['${KOPS_OBSERVABILITY_DIR:-./prometheus}/targets:/etc/prometheus/targets:ro'] }
    },
    volumes: Object.fromEntries(added.map((broker) => [`${broker}-data`, null]))
  }
  return `${head}${stringify(document, { lineWidth: 0, nullStr: '', aliasDuplicateObjects: false })}`
}

/**
 * Writes that file into the state directory, or nothing. Idempotent.
 * @returns its path, which Compose gets after those of its other files; undefined without added brokers
 */
export async function writeAddedBrokers(
  definition: ClusterDefinition,
  { projectRoot, stateDir }: { projectRoot: string; stateDir: string }
): Promise<string | undefined> {
  const source = await readFile(join(projectRoot, 'docker-compose.cluster.yml'), 'utf8')
  const text = addedBrokersFile(source, definition)
  if (text === undefined) return undefined
  const path = join(stateDir, 'compose', 'added-brokers.yml')
  await replaceFile(path, text)
  return path
}

function numberOf(broker: string): number {
  return Number(broker.slice('kafka-'.length))
}
