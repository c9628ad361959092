import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import type { AlertList } from '#shared/contracts/alerts.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import type { Scorecard } from '#shared/contracts/drill-scorecard.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { ProbeReading } from '#shared/contracts/probe.ts'
import type { TopicSummary } from '#shared/contracts/topics.ts'

export interface Machine {
  processors: number
  memory: { totalBytes: number; availableBytes: number }
  swap: { totalBytes: number; usedBytes: number }
}

/** The file system of the state directory. */
export interface Disk {
  path: string
  totalBytes: number
  freeBytes: number
  /** 0 where the file system does not limit them. */
  inodes: number
  freeInodes: number
}

/** A port on 127.0.0.1 that belongs to a node or to a program around the cluster. */
export interface Port {
  /** kafka-1, prometheus. */
  name: string
  port: number
  accepts: boolean
  /** The process that listens there although its node does not run, `java (pid 4182)`; null if none does, or it is not visible. */
  listener: string | null
}

/** One of the three services. */
export interface ServiceState {
  name: string
  url: string
  /** answers: its /livez did; stranger: something else answers there. */
  state: 'answers' | 'stranger' | 'silent'
  /** Why it is silent. */
  detail: string
  /** The version in its API document; null if that could not be read. */
  version: string | null
  /** How an ordinary request ended: `ok`, or the code and the words of its problem. */
  request: 'ok' | { code: string; message: string }
}

/** A file of settings. */
export interface SettingsFile {
  path: string
  /** What is wrong with it; null if it is valid, or does not exist. */
  problem: string | null
}

/** A file with a secret. */
export interface SecretFile {
  path: string
  /** Whether users other than its owner and group can read or write it, through the folders above it too. */
  exposed: boolean
}

/** The settings of a broker, by name; null for what is sensitive. */
export interface BrokerSettings {
  broker: string
  settings: Record<string, string | null>
}

/** The settings of topics. */
export interface TopicSettings {
  /** By topic; settings that it overrides. */
  overrides: Record<string, Record<string, string | null>>
  /** How many topics were left out, because there are so many. */
  left: number
}

/** Everything that checks judge, by the name of its source. Each is read once, if a check needs it, beside the others. */
export interface Sources {
  machine: Machine
  disk: Disk
  /** The highest number of files that each process may open. */
  fileLimits: { process: string; limit: number }[]
  ports: Port[]
  definition: ClusterDefinition
  /** As its agent reports it. */
  cluster: ClusterStatus
  /** Whether brokers answer a client on this machine. */
  brokers: { address: string; answers: boolean }[]
  health: ClusterHealth
  probe: ProbeReading
  admin: ServiceState
  healthService: ServiceState
  loadTest: ServiceState
  /** The version that runs this command, and that which package.json names. */
  node: { running: string; pinned: string; least: string }
  /** The output of `java -version`; null where nodes run in containers. */
  java: string | null
  /** The releases that nodes are started from; null where that cannot be seen. */
  distribution: { kafka: string | null; zookeeper: string | null }
  settings: SettingsFile[]
  secrets: SecretFile[]
  /** Variables of the environment that nothing reads, with the name that was probably meant. */
  strangeVariables: { name: string; meant: string | null }[]
  brokerSettings: BrokerSettings[]
  topics: TopicSummary[]
  topicSettings: TopicSettings
  /** Receivers of alerts besides health-service: webhook, slack, pagerduty, email. */
  receivers: string[]
  alerts: AlertList
  /** How health-service answers for the past: from Prometheus, or with a problem. */
  history: 'answered' | { code: string; message: string }
  scorecard: Scorecard
  /** Which services answer a request without a token. */
  openServices: string[]
}
