import { createAgentClient } from '#shared/cluster/agent/client.ts'
import type { Agent } from '#shared/cluster/agent-port.ts'
import { agentSocket } from '#shared/cluster/agent-sockets.ts'
import { type ClusterDefinition, loadDefinition } from '#shared/cluster/definition.ts'
import { loginHeaders, monitoringFiles } from '#shared/cluster/observability/index.ts'
import { kafkajsSecurity } from '#shared/kafka/connection/security.ts'
import { parseSettings } from './kafka-settings.ts'

/** The cluster under test and its services, as passed by lane.ts. */
export const stateDir = setting('KOPS_TEST_STATE_DIR')
export const bootstrapServers = setting('KOPS_TEST_BOOTSTRAP_SERVERS').split(',')
export const adminUrl = setting('KOPS_TEST_ADMIN_URL')
export const healthUrl = setting('KOPS_TEST_HEALTH_URL')
export const loadTestUrl = setting('KOPS_TEST_LOADTEST_URL')
export const prometheusUrl = setting('KOPS_TEST_PROMETHEUS_URL')
export const alertmanagerUrl = setting('KOPS_TEST_ALERTMANAGER_URL')

/** The file with the password of Prometheus and Alertmanager. */
export const monitoringPasswordFile = monitoringFiles(stateDir).password
/** What they ask every caller for. */
export const monitoringLogin = loginHeaders(stateDir)

/** The settings, KOPS_KAFKA_…, with which services reach the brokers of the cluster under test; none in plain text. */
export const kafkaSettings = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name.startsWith('KOPS_KAFKA_'))
)

const { security } = parseSettings(kafkaSettings)

/** With what kops' own adapters reach them. */
export const connection = { bootstrapServers, security, clientId: 'kops-test' }

/** With what a client of kafkajs reaches them. */
export const kafkajsConnection = { brokers: bootstrapServers, ...kafkajsSecurity(security ?? {}) }

/** The definition of the cluster under test. */
export async function definitionUnderTest(): Promise<ClusterDefinition> {
  const definition = await loadDefinition(stateDir)
  if (definition === undefined) throw new Error(`${stateDir} has no cluster`)
  return definition
}

/**
 * A client of the agent of the cluster under test, which can break its nodes.
 * @throws Error in a test file that runs concurrently with others
 */
export async function agentUnderTest(): Promise<Agent> {
  if (process.env['KOPS_TEST_ALONE'] !== 'yes')
    throw new Error('a file that may break nodes begins with a comment "// Runs alone: why"')
  return createAgentClient(agentSocket(await definitionUnderTest()))
}

export function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run the integration tests with npm run test:integration`)
  return value
}
