import { KopsError } from '../../errors/catalog.ts'
import { type ClusterDefinition, defaultPorts, modeOf, nodeNames } from '../definition.ts'

/** So many brokers are set up. They stay: with KRaft they are the quorum, and topics have as many replicas. */
export const fewestBrokers = defaultPorts.kafka.length
/** As many as a definition has ports for. */
export const mostBrokers = 9

/** The ports of an added broker on this machine. */
export interface BrokerPorts {
  kafka: number
  jmx: number
}

/**
 * The definition with one more broker, which takes no part in the quorum of a KRaft cluster: a quorum of four survives no more
 * failures than one of three, and its members are fixed in the configuration of every node.
 * @throws KopsError runtime_failed if no further one fits
 */
export function withBroker(definition: ClusterDefinition, { kafka, jmx }: BrokerPorts): ClusterDefinition {
  const { ports } = definition
  if (ports.kafka.length >= mostBrokers)
    throw new KopsError('runtime_failed', `A cluster has at most ${mostBrokers} brokers here`)
  return {
    ...definition,
    ...(modeOf(definition) === 'kraft' ? { controllers: definition.controllers ?? ports.kafka.length } : {}),
    ports: { ...ports, kafka: [...ports.kafka, kafka], jmx: [...ports.jmx, jmx] }
  }
}

/** The definition without its last broker. @throws KopsError node_state_conflict as assertRemovable() */
export function withoutBroker(definition: ClusterDefinition, broker: string): ClusterDefinition {
  assertRemovable(definition, broker)
  const { ports } = definition
  return {
    ...definition,
    ports: { ...ports, kafka: ports.kafka.slice(0, -1), jmx: ports.jmx.slice(0, ports.kafka.length - 1) }
  }
}

/**
 * Only the last broker goes, because the i-th port belongs to broker i; never one that was set up, and never a voter.
 * @throws KopsError node_not_found, node_state_conflict
 */
export function assertRemovable(definition: ClusterDefinition, broker: string): void {
  const { brokers } = nodeNames(definition)
  const at = brokers.indexOf(broker)
  if (at < 0) throw new KopsError('node_not_found', `${broker} is not one of ${brokers.join(', ')}`)
  const refuse = (why: string) => new KopsError('node_state_conflict', `${broker} cannot be removed: ${why}`)
  if (at < fewestBrokers) throw refuse(`the cluster was set up with it, and keeps ${fewestBrokers} brokers`)
  if (modeOf(definition) === 'kraft' && at < (definition.controllers ?? brokers.length)) {
    throw refuse('it is a controller, and votes in the quorum')
  }
  if (at !== brokers.length - 1) throw refuse(`${brokers.at(-1)}, which was added after it, goes first`)
}

/** The first port above those of the brokers that the cluster does not use, and the machine, as far as `isFree` knows. */
export async function nextPort(
  definition: ClusterDefinition,
  purpose: keyof BrokerPorts,
  isFree: (port: number) => Promise<boolean>
): Promise<number> {
  const used = new Set(Object.values(definition.ports).flat())
  for (let port = Math.max(...definition.ports[purpose]) + 1; port < 65_536; port++) {
    if (!used.has(port) && (await isFree(port))) return port
  }
  throw new KopsError('runtime_failed', `No port above those of the brokers is free for ${purpose}`)
}
