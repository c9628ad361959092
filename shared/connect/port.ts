import type { FieldError } from '../errors/catalog.ts'
import type { CallLimits } from '../upstream/call-limits.ts'

/** A connector as the workers report it. */
export interface ConnectorReading {
  name: string
  type: 'source' | 'sink' | 'unknown'
  state: string
  /** host:port. */
  worker: string
  /** The stack trace of its error, if it failed. */
  trace: string | null
  config: Record<string, string>
  tasks: TaskReading[]
}

export interface TaskReading {
  id: number
  state: string
  worker: string
  trace: string | null
}

/**
 * A cluster of Kafka Connect. Every method throws KopsError connect_unreachable if no worker answers in time, or with an
 * unexpected response, and connect_rebalancing while the workers redistribute their tasks. Those that name a connector
 * throw connector_not_found. Workers carry changes out within seconds after they were accepted.
 */
export interface Connect {
  connectors(limits: CallLimits): Promise<ConnectorReading[]>
  connector(name: string, limits: CallLimits): Promise<ConnectorReading>
  /** What is wrong with settings, by their names; empty if they are valid. */
  validate(name: string, config: Record<string, string>, limits: CallLimits): Promise<FieldError[]>
  /** Creates a connector, or replaces its settings. @throws KopsError validation_failed with the worker's message */
  put(name: string, config: Record<string, string>, limits: CallLimits): Promise<void>
  remove(name: string, limits: CallLimits): Promise<void>
  pause(name: string, limits: CallLimits): Promise<void>
  resume(name: string, limits: CallLimits): Promise<void>
  /** The connector and its tasks (KIP-745). */
  restart(name: string, options: { onlyFailed: boolean }, limits: CallLimits): Promise<void>
  restartTask(name: string, task: number, limits: CallLimits): Promise<void>
  close(): Promise<void>
}
