import { type Static, Type } from 'typebox'
import { TimestampSchema, WarningSchema } from './common.ts'

/** A node of the managed cluster, by name. */
export const NodeNameSchema = Type.String({
  pattern: '^(kafka|zookeeper)-[1-9][0-9]{0,2}$',
  description: 'kafka-1..3 or zookeeper-1..3',
  examples: ['kafka-1']
})

export const NodeStateSchema = Type.Enum(['running', 'paused', 'stopped', 'absent'], {
  description: 'absent: it was never created, or was wiped'
})
export type NodeState = Static<typeof NodeStateSchema>

export const NodeStatusSchema = Type.Object(
  {
    name: NodeNameSchema,
    role: Type.Enum(['broker', 'zookeeper']),
    state: NodeStateSchema,
    isolated: Type.Boolean({ description: 'Cut off from the network' }),
    ready: Type.Boolean({ description: 'It answered the last request in its own protocol (ApiVersions; srvr)' }),
    address: Type.String({ description: 'Address for clients on this machine', examples: ['127.0.0.1:9092'] }),
    pid: Type.Union([Type.Integer(), Type.Null()]),
    startedAt: Type.Union([TimestampSchema, Type.Null()])
  },
  { $id: 'NodeStatus', additionalProperties: false }
)
export type NodeStatus = Static<typeof NodeStatusSchema>

export const RuntimeKindSchema = Type.Enum(['compose', 'local'])
export type RuntimeKind = Static<typeof RuntimeKindSchema>

export const ClusterModeSchema = Type.Enum(['zookeeper', 'kraft'], {
  description:
    'Where the brokers keep their metadata: in a ZooKeeper ensemble, or in their own controller quorum (KRaft)'
})
export type ClusterMode = Static<typeof ClusterModeSchema>

export const ClusterSecuritySchema = Type.Enum(['plaintext', 'ssl', 'sasl_ssl'], {
  description:
    'How brokers are reached: in plain text by everyone; over TLS with a client certificate (mutual TLS); or over TLS with a password (SCRAM-SHA-512). The last two check access by ACLs'
})
export type ClusterSecurity = Static<typeof ClusterSecuritySchema>

export const FaultKindSchema = Type.Enum(['stop', 'kill', 'pause', 'isolate'])
export type FaultKind = Static<typeof FaultKindSchema>

/**
 * An active fault: the agent writes its inverse to disk before it injects the fault, and applies it when the lease
 * expires.
 */
export const FaultSchema = Type.Object(
  {
    id: Type.String(),
    kind: FaultKindSchema,
    node: NodeNameSchema,
    state: Type.Enum(['injecting', 'active', 'healing', 'healed', 'heal-failed']),
    injectedAt: TimestampSchema,
    expiresAt: TimestampSchema,
    healedAt: Type.Union([TimestampSchema, Type.Null()]),
    healedBy: Type.Union([Type.Enum(['request', 'lease', 'reconcile', 'down']), Type.Null()]),
    failure: Type.Optional(Type.String({ description: 'Why the last attempt to heal failed; the agent retries' }))
  },
  { $id: 'Fault', additionalProperties: false }
)
export type Fault = Static<typeof FaultSchema>

export const InjectFaultSchema = Type.Object(
  {
    kind: FaultKindSchema,
    node: NodeNameSchema,
    leaseMs: Type.Integer({ minimum: 1000, maximum: 600_000, default: 10_000 })
  },
  { $id: 'InjectFault', additionalProperties: false }
)
export type InjectFault = Static<typeof InjectFaultSchema>

export const RenewLeaseSchema = Type.Object(
  { leaseMs: Type.Integer({ minimum: 1000, maximum: 600_000 }) },
  { $id: 'RenewLease', additionalProperties: false }
)
export type RenewLease = Static<typeof RenewLeaseSchema>

/** The commands that the agent carries out on one node for an operator, without a lease. */
export const NodeVerbSchema = Type.Enum(['start', 'stop', 'restart', 'kill', 'pause', 'resume', 'isolate', 'heal'])
export type NodeVerb = Static<typeof NodeVerbSchema>

export const ClusterStatusSchema = Type.Object(
  {
    name: Type.String({ examples: ['kafka-log-streaming-cluster'] }),
    runtime: RuntimeKindSchema,
    mode: Type.Optional(ClusterModeSchema),
    security: Type.Optional(ClusterSecuritySchema),
    isolation: Type.Object(
      {
        available: Type.Boolean(),
        mechanism: Type.Enum(['network-namespace', 'docker-network', 'none']),
        detail: Type.String({ description: 'How nodes are isolated, or what is missing and what to do about it' })
      },
      { additionalProperties: false }
    ),
    bootstrapServers: Type.Array(Type.String()),
    zookeeperServers: Type.Array(Type.String(), { description: 'Empty in a cluster without ZooKeeper' }),
    nodes: Type.Array(NodeStatusSchema),
    faults: Type.Array(FaultSchema, { description: 'Faults not healed yet' }),
    warnings: Type.Optional(
      Type.Array(WarningSchema, { description: "What the agent's record of its faults lacks, and what to do about it" })
    ),
    asOf: TimestampSchema
  },
  { $id: 'ClusterStatus', additionalProperties: false }
)
export type ClusterStatus = Static<typeof ClusterStatusSchema>

export const NodeLogsSchema = Type.Object(
  { node: NodeNameSchema, lines: Type.Array(Type.String()) },
  { $id: 'NodeLogs', additionalProperties: false }
)
export type NodeLogs = Static<typeof NodeLogsSchema>
