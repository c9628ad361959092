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

/** A fault that leaves the node running, read back from where it is in place. */
export const ImpairmentSchema = Type.Object(
  {
    kind: Type.Enum(['cut', 'slow', 'disk-full']),
    whole: Type.Boolean({ description: 'Whether all of it is in place' }),
    detail: Type.String()
  },
  { additionalProperties: false }
)
export type Impairment = Static<typeof ImpairmentSchema>

export const NodeStatusSchema = Type.Object(
  {
    name: NodeNameSchema,
    role: Type.Enum(['broker', 'zookeeper']),
    votes: Type.Optional(
      Type.Boolean({
        description:
          'false for a broker of a KRaft cluster that is no controller. Otherwise absent: ZooKeeper nodes vote, and with KRaft the brokers'
      })
    ),
    heap: Type.Optional(
      Type.String({
        description: 'The heap that its process was started with; absent while it is down',
        examples: ['2g']
      })
    ),
    state: NodeStateSchema,
    isolated: Type.Boolean({ description: 'Cut off from the network' }),
    impairments: Type.Optional(
      Type.Array(ImpairmentSchema, { description: 'Faults of its network and its disk that are in place' })
    ),
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

export const FaultKindSchema = Type.Enum(['stop', 'kill', 'pause', 'isolate', 'cut', 'slow', 'disk-full', 'disk-slow'])
export type FaultKind = Static<typeof FaultKindSchema>

/** A partition that is not complete: from whom a node is cut off, and in which direction packets are lost. */
export const CutSchema = Type.Object(
  {
    from: Type.Array(Type.Enum(['brokers', 'metadata', 'clients']), {
      minItems: 1,
      maxItems: 3,
      uniqueItems: true,
      description:
        "brokers: the other brokers' listener for each other. metadata: the ZooKeeper nodes, or the controllers' listeners with KRaft. clients: this machine"
    }),
    direction: Type.Enum(['both', 'incoming', 'outgoing'], {
      description: 'Packets that are lost: those that the node would receive (incoming), or that it sends (outgoing)'
    })
  },
  { additionalProperties: false }
)
export type Cut = Static<typeof CutSchema>

/** What makes the network of a node worse, each in both directions. */
export const SlowSchema = Type.Object(
  {
    bytesPerSecond: Type.Optional(
      Type.Integer({ minimum: 1000, maximum: 1_000_000_000, description: 'The most that a direction carries' })
    ),
    lossPercent: Type.Optional(
      Type.Number({ minimum: 0.1, maximum: 90, description: 'Share of the packets that is lost, at random' })
    ),
    delayMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Added to each direction' }))
  },
  { additionalProperties: false, minProperties: 1 }
)
export type Slow = Static<typeof SlowSchema>

/** What a fault has besides its kind: each is required for the kind of its name and refused for every other. */
const faultParameters = { cut: Type.Optional(CutSchema), slow: Type.Optional(SlowSchema) }

export const FaultKindStatusSchema = Type.Object(
  {
    kind: FaultKindSchema,
    available: Type.Boolean(),
    detail: Type.String({ description: 'How it is injected here, or what is missing and how to get it' }),
    lacks: Type.Optional(
      Type.Array(Type.Object({ parameter: Type.String(), detail: Type.String() }, { additionalProperties: false }), {
        description: 'Parameters that are not available although the kind is',
        examples: [[{ parameter: 'delayMs', detail: "It needs the kernel's netem" }]]
      })
    )
  },
  { $id: 'FaultKindStatus', additionalProperties: false }
)
export type FaultKindStatus = Static<typeof FaultKindStatusSchema>

/**
 * An active fault: the agent writes its inverse to disk before it injects the fault, and applies it when the lease
 * expires.
 */
export const FaultSchema = Type.Object(
  {
    id: Type.String(),
    kind: FaultKindSchema,
    node: NodeNameSchema,
    ...faultParameters,
    state: Type.Enum(['injecting', 'active', 'healing', 'healed', 'heal-failed']),
    injectedAt: TimestampSchema,
    expiresAt: TimestampSchema,
    healedAt: Type.Union([TimestampSchema, Type.Null()]),
    healedBy: Type.Union([Type.Enum(['request', 'lease', 'reconcile', 'down']), Type.Null()]),
    failure: Type.Optional(Type.String({ description: 'Why the last attempt to heal failed; the agent retries' })),
    holds: Type.Optional(
      Type.Boolean({
        description:
          'Whether the node shows the fault now, as the runtime reads it. Only in the answer about one open fault'
      })
    ),
    evidence: Type.Optional(
      Type.String({
        description: 'What that reading was',
        examples: ['kafka-1 is running; 4 of 4 rules are in place and have dropped 311 packets']
      })
    )
  },
  { $id: 'Fault', additionalProperties: false }
)
export type Fault = Static<typeof FaultSchema>

export const InjectFaultSchema = Type.Object(
  {
    kind: FaultKindSchema,
    node: NodeNameSchema,
    ...faultParameters,
    leaseMs: Type.Integer({ minimum: 1000, maximum: 600_000, default: 10_000 }),
    id: Type.Optional(
      Type.String({ format: 'uuid', description: 'Chosen by the caller, who can heal it before it is in place' })
    )
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
    faultKinds: Type.Array(FaultKindStatusSchema, { description: 'The faults that this runtime can inject' }),
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

export const ReachabilitySchema = Type.Object(
  {
    asOf: TimestampSchema,
    from: Type.Array(
      Type.Object(
        {
          node: NodeNameSchema,
          to: Type.Array(
            Type.Object(
              {
                node: NodeNameSchema,
                service: Type.Enum(['broker', 'metadata'], {
                  description:
                    "broker: the brokers' listener for each other. metadata: ZooKeeper's client port, or the controller's listener with KRaft"
                }),
                reachable: Type.Boolean({ description: 'A TCP connection opened within 1 s' })
              },
              { additionalProperties: false }
            )
          ),
          detail: Type.Optional(Type.String({ description: 'Why nothing could be tried from within this node' }))
        },
        { additionalProperties: false }
      ),
      { description: 'The running nodes' }
    )
  },
  { $id: 'Reachability', additionalProperties: false }
)
export type Reachability = Static<typeof ReachabilitySchema>

export const NodeLogsSchema = Type.Object(
  { node: NodeNameSchema, lines: Type.Array(Type.String()) },
  { $id: 'NodeLogs', additionalProperties: false }
)
export type NodeLogs = Static<typeof NodeLogsSchema>
