import type { Test } from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import type { BrokerConfigEntry } from '#shared/contracts/brokers.ts'
import type { TopicSpec } from '#shared/contracts/topic-specs.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerAdmin, LogDir } from '#shared/kafka/brokers/port.ts'
import type { QuorumReader } from '#shared/kafka/cluster/port.ts'
import type { ConfigChanges } from '#shared/kafka/model.ts'
import type { Elections, OngoingReassignment, Reassignments } from '#shared/kafka/moves/port.ts'
import { plainCluster } from './plain-cluster.ts'

export interface PlainMoving {
  brokers: BrokerAdmin
  elections: Elections
  reassignments: Reassignments
  /** Moves that the controller has accepted and not finished; tests finish them. */
  under: OngoingReassignment[]
  /** Dynamic values by `broker 1` or `broker default`. */
  settings: Map<string, Map<string, string>>
  /** Partitions whose leader was elected. */
  elected: string[]
}

const isSecret = (name: string) => name.includes('password')

/** The ports for moving replicas, on plain data. @param dead brokers that do not answer */
export function plainMoving(dead: ReadonlySet<number>): PlainMoving {
  const under: OngoingReassignment[] = []
  const settings = new Map<string, Map<string, string>>()
  const elected: string[] = []
  const valuesOf = (entity: string) => {
    const values = settings.get(entity) ?? new Map<string, string>()
    settings.set(entity, values)
    return values
  }
  const apply = (entity: string, changes: ConfigChanges) => {
    const values = valuesOf(entity)
    for (const [name, value] of Object.entries(changes)) value === null ? values.delete(name) : values.set(name, value)
  }
  const nameOf = (id: number | null) => `broker ${id ?? 'default'}`
  const assertAlive = (id: number | null) => {
    if (id !== null && dead.has(id)) throw new KopsError('broker_unreachable', `broker ${id} does not answer`)
  }
  return {
    under,
    settings,
    elected,
    brokers: {
      async logDirs() {
        const dirs = [1, 2, 3].filter((id) => !dead.has(id)).map((id): [number, LogDir[]] => [id, []])
        return { value: new Map(dirs), warnings: [] }
      },
      async configs(id) {
        assertAlive(id)
        const source = id === null ? 'dynamic_default_broker' : 'dynamic_broker'
        const set = Array.from(valuesOf(nameOf(id)), ([name, value]) => entry(name, value, source))
        const fixed = [
          entry('broker.id', String(id), 'static_broker', true),
          entry('log.cleaner.threads', '1', 'default')
        ]
        return id === null ? set : [...set, ...fixed.filter(({ name }) => set.every((other) => other.name !== name))]
      },
      async alterConfigs(id, changes, { validateOnly }) {
        assertAlive(id)
        if (!validateOnly) apply(nameOf(id), changes)
      },
      unregister: async () => false,
      async close() {}
    },
    elections: {
      async electPreferred(places) {
        elected.push(...places.map(({ topic, partition }) => `${topic}-${partition}`))
        return places.map((place) => ({ ...place, error: null }))
      },
      async electUnclean(places) {
        elected.push(...places.map(({ topic, partition }) => `${topic}-${partition} unclean`))
        return places.map((place) => ({ ...place, error: null }))
      },
      async logEnds(replicas) {
        return { value: replicas.map((replica) => ({ ...replica, logEnd: 10 })), warnings: [] }
      },
      async close() {}
    },
    reassignments: {
      async list(places) {
        return under.filter(
          (each) => places?.some((p) => p.topic === each.topic && p.partition === each.partition) ?? true
        )
      },
      async alter(targets) {
        for (const { topic, partition, replicas } of targets) {
          const at = under.findIndex((each) => each.topic === topic && each.partition === partition)
          if (replicas === null && at >= 0) under.splice(at, 1)
          if (replicas === null || at >= 0) continue
          const before = [1, 2]
          const addingReplicas = replicas.filter((id) => !before.includes(id))
          const removingReplicas = before.filter((id) => !replicas.includes(id))
          under.push({
            topic,
            partition,
            replicas: [...replicas, ...removingReplicas],
            addingReplicas,
            removingReplicas
          })
        }
        return targets.map(({ topic, partition }) => ({ topic, partition, error: null }))
      },
      async close() {}
    }
  }
}

function entry(name: string, value: string, source: string, readOnly = false): BrokerConfigEntry {
  const sensitive = isSecret(name)
  return { name, value: sensitive ? null : value, source, readOnly, sensitive, synonyms: [] }
}

/**
 * admin-service on plain data, with its audit events.
 * @param describeQuorum of a KRaft cluster
 */
export async function buildPlain(
  t: Test,
  specs: TopicSpec[],
  describeQuorum: QuorumReader['describeQuorum'] = async () => ({ kind: 'zookeeper' })
) {
  const cluster = plainCluster(specs)
  const moving = plainMoving(cluster.dead)
  const audited: { action: string; target: unknown; outcome: string }[] = []
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', KOPS_DATA_DIR: t.testdir() }), {
    auditTrail: {
      async record({ action, target, outcome }) {
        audited.push({ action, target, outcome })
      }
    },
    ...cluster,
    brokers: moving.brokers,
    elections: moving.elections,
    quorum: { describeQuorum, close: async () => {} },
    reassignments: moving.reassignments,
    timing: { waitMs: 50, deadlineMs: 50, changeTimeoutMs: 50, sleep: async () => {} }
  })
  t.teardown(() => app.close())
  return { app, cluster, moving, audited }
}
