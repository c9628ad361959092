import type { Command } from 'commander'
import type { CommandContext } from './context.ts'

/** Gives a command that has its name already its options, arguments, subcommands and action. */
export type DefineCommand = (command: Command, context: CommandContext) => void

/** A command of the top level. Its module is loaded when it is called for, so that no command waits for the code of others. */
export interface CommandRow {
  name: string
  /** In one line, for `kops --help` and for its own help. */
  summary: string
  load: () => Promise<DefineCommand>
  /** It concerns this machine, and calls no service of a context. */
  isLocal?: true
}

/** Every command of the top level, as `kops --help` shows them. */
export const commandGroups: Record<string, readonly CommandRow[]> = {
  'This machine:': [
    {
      name: 'setup',
      isLocal: true,
      summary: 'set up cluster, topics, services and monitoring (setup.sh calls this)',
      load: async () => (await import('./commands/setup.ts')).addSetupCommand
    },
    {
      name: 'cluster',
      isLocal: true,
      summary: 'the managed cluster: nodes, their state, and faults',
      load: async () => (await import('./commands/cluster.ts')).addClusterCommands
    },
    {
      name: 'doctor',
      summary:
        'check machine, ports, versions, cluster, services and settings, and say what to do; exits with 1 on an error',
      load: async () => (await import('./commands/doctor.ts')).addDoctorCommand
    }
  ],
  'The cluster:': [
    {
      name: 'health',
      summary:
        'show problems of the cluster, since when, and what to do; exits with 0 (healthy), 1 (degraded), 2 (down) or 3 (unknown)',
      load: async () => (await import('./commands/health.ts')).addHealthCommand
    },
    {
      name: 'alerts',
      summary: 'list firing alerts, most severe first, with their runbooks',
      load: async () => (await import('./commands/alerts.ts')).addAlertsCommand
    },
    {
      name: 'what-if',
      summary: 'predict what happens if a node is lost now: leaders, writes, groups, quorum, seconds',
      load: async () => (await import('./commands/what-if.ts')).addWhatIfCommand
    },
    {
      name: 'can-restart',
      summary: 'judge whether a node may be restarted now; exits with 0 (yes) or 5 (no, or unknown)',
      load: async () => (await import('./commands/what-if.ts')).addCanRestartCommand
    },
    {
      name: 'topics',
      summary: 'topics: list, create, configure, grow, empty, delete',
      load: async () => (await import('./commands/topics.ts')).addTopicCommands
    },
    {
      name: 'messages',
      summary: 'records of a topic: read, produce, tail',
      load: async () => (await import('./commands/messages.ts')).addMessageCommands
    },
    {
      name: 'dlq',
      summary: 'dead-letter queues: list, read, replay, discard',
      load: async () => (await import('./commands/dlq.ts')).addDeadLetterCommands
    },
    {
      name: 'groups',
      summary: 'consumer groups: lag, members, resetting offsets, deleting',
      load: async () => (await import('./commands/groups.ts')).addGroupCommands
    },
    {
      name: 'brokers',
      summary: 'brokers: list, configure, elect leaders, drain, refill',
      load: async () => (await import('./commands/brokers.ts')).addBrokerCommands
    },
    {
      name: 'reassignments',
      summary: 'replica placement: progress, balanced plans, moving, cancelling',
      load: async () => (await import('./commands/reassignments.ts')).addReassignmentCommands
    },
    {
      name: 'scale',
      summary: 'more partitions, brokers, consumers, heap or threads: what it means, and doing it',
      load: async () => (await import('./commands/scale.ts')).addScaleCommands
    },
    {
      name: 'acls',
      summary: 'access control lists: list, create, delete',
      load: async () => (await import('./commands/acls.ts')).addAclCommands
    },
    {
      name: 'catalog',
      summary: 'topics declared in a catalog: plan and apply',
      load: async () => (await import('./commands/catalog.ts')).addCatalogCommands
    }
  ],
  'Around it:': [
    {
      name: 'connect',
      summary: 'connectors of Kafka Connect: state and errors, apply, restart, pause, delete',
      load: async () => (await import('./commands/connect.ts')).addConnectCommands
    },
    {
      name: 'maintenance',
      summary: 'windows without alert notifications: start, list, end',
      load: async () => (await import('./commands/maintenance.ts')).addMaintenanceCommands
    },
    {
      name: 'audit',
      summary: 'who changed what, and the outcome',
      load: async () => (await import('./commands/audit.ts')).addAuditCommands
    },
    {
      name: 'load',
      summary: 'load tests: run a workload, watch, list, report',
      load: async () => (await import('./commands/load.ts')).addLoadCommands
    },
    {
      name: 'capacity',
      summary: 'how much of what it takes the cluster uses, with one broker down too, and when its disks are full',
      load: async () => (await import('./commands/capacity.ts')).addCapacityCommands
    },
    {
      name: 'analytics',
      isLocal: true,
      summary: 'windows over events, exactly once: run the stream processing of a definition, check one',
      load: async () => (await import('./commands/analytics.ts')).addAnalyticsCommands
    },
    {
      name: 'drill',
      summary: 'rehearse failures and judge them: drills, game days, their reports',
      load: async () => (await import('./commands/drill.ts')).addDrillCommand
    },
    {
      name: 'lb',
      summary: 'balance requests over servers: simulated ones, or those of services by their metrics',
      load: async () => (await import('./commands/load-balancer.ts')).addLoadBalancerCommands
    },
    {
      name: 'kafka',
      isLocal: true,
      summary: "run one of Kafka's own tools on this cluster",
      load: async () => (await import('./commands/kafka.ts')).addKafkaCommand
    },
    {
      name: 'context',
      isLocal: true,
      summary: 'the clusters that kops can reach: use, list, add, remove',
      load: async () => (await import('./commands/context.ts')).addContextCommands
    },
    {
      name: 'completion',
      isLocal: true,
      summary: 'print what completes the words of kops in bash, zsh or fish',
      load: async () => (await import('./commands/completion.ts')).addCompletionCommand
    },
    {
      name: 'token',
      isLocal: true,
      summary: 'create a bearer token; the services store only its hash',
      load: async () => (await import('./commands/token.ts')).addTokenCommand
    }
  ]
}

export const commandRows = Object.values(commandGroups).flat()
