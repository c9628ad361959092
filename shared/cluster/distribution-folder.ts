import { join } from 'node:path'
import type { ClusterMode } from '../contracts/cluster.ts'

/**
 * The directory of a mode's pinned pom.xml, with the resolved jars in `libs`: Kafka 3.9 is the last version with
 * ZooKeeper, so each mode has its own Kafka.
 * @param kafkaDir the project's kafka/
 */
export function distributionFolder(kafkaDir: string, mode: ClusterMode): string {
  return mode === 'kraft' ? join(kafkaDir, 'kraft') : kafkaDir
}

/**
 * The option that makes Java use one of Kafka's logging templates; Kafka 4 uses log4j 2.
 * @param kafkaDir the project's kafka/
 * @param what log4j for nodes, tools-log4j for tools
 */
export function loggingOption(kafkaDir: string, mode: ClusterMode, what: 'log4j' | 'tools-log4j'): string {
  const file = (name: string) => join(kafkaDir, 'templates', `${name}.properties`)
  return mode === 'kraft'
    ? `-Dlog4j2.configurationFile=${file(`${what}2`)}`
    : `-Dlog4j.configuration=file:${file(what)}`
}
