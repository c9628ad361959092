import { join } from 'node:path'
import type { ClusterMode } from '../contracts/cluster.ts'

/**
 * Where the pinned pom.xml of a mode is, with the jars that it resolves to in `libs` beside it: Kafka 3.9 is the last line that
 * runs with ZooKeeper, so each mode has a Kafka of its own.
 * @param kafkaDir the project's kafka/
 */
export function distributionFolder(kafkaDir: string, mode: ClusterMode): string {
  return mode === 'kraft' ? join(kafkaDir, 'kraft') : kafkaDir
}

/**
 * The option that has Java log as one of Kafka's templates says; Kafka 4 logs by log4j 2.
 * @param kafkaDir the project's kafka/
 * @param what log4j for nodes, tools-log4j for tools
 */
export function loggingOption(kafkaDir: string, mode: ClusterMode, what: 'log4j' | 'tools-log4j'): string {
  const file = (name: string) => join(kafkaDir, 'templates', `${name}.properties`)
  return mode === 'kraft'
    ? `-Dlog4j2.configurationFile=${file(`${what}2`)}`
    : `-Dlog4j.configuration=file:${file(what)}`
}
