import type { Registry } from 'prom-client'
import type { LossCounts, WhatIfScenario } from '#shared/contracts/what-if.ts'
import { gaugeOf } from '#shared/http/metrics.ts'

const causes = { degraded: 'degraded', configuration: 'configuration', singleReplica: 'single_replica' } as const

/**
 * What the loss of each broker and node would do. Call it once per registry.
 * @param overview of the last snapshot; empty while there is none
 */
export function whatIfMetrics(registry: Registry, overview: () => readonly WhatIfScenario[]): void {
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    read: (scenario: WhatIfScenario) => [labels: Record<string, string>, value: number][]
  ) => gaugeOf(registry, { name, help, labelNames }, () => overview().flatMap(read))

  const ofBroker =
    (read: (scenario: WhatIfScenario) => number | null) =>
    (scenario: WhatIfScenario): [Record<string, string>, number][] => {
      const value = scenario.kind === 'broker' ? read(scenario) : null
      return value === null ? [] : [[{ broker: scenario.name }, value]]
    }
  const byCause =
    (read: (scenario: WhatIfScenario) => LossCounts | null) =>
    (scenario: WhatIfScenario): [Record<string, string>, number][] => {
      const counts = scenario.kind === 'broker' ? read(scenario) : null
      if (counts === null) return []
      const named = Object.entries(causes) as [keyof LossCounts, string][]
      return named.map(([key, cause]) => [{ broker: scenario.name, cause }, counts[key]])
    }
  const ofNode =
    (read: (scenario: WhatIfScenario) => number | null) =>
    (scenario: WhatIfScenario): [Record<string, string>, number][] => {
      const value = scenario.kind === 'rack' ? null : read(scenario)
      return value === null ? [] : [[{ node: scenario.name }, value]]
    }

  const cause =
    'cause degraded: they would survive it with every replica in sync; configuration: never; single_replica: they have one replica'
  gauge(
    'kops_whatif_writes_stop_partitions',
    `Partitions that would stop accepting writes with acks=all if the broker died; ${cause}`,
    ['broker', 'cause'],
    byCause(({ writesStop }) => writesStop)
  )
  gauge(
    'kops_whatif_offline_partitions',
    `Partitions that would have no leader if the broker died; causes as above`,
    ['broker', 'cause'],
    byCause(({ offline }) => offline)
  )
  gauge(
    'kops_whatif_leaders_moving',
    'Partitions that would get another leader if the broker died',
    ['broker'],
    ofBroker(({ leaders }) => leaders)
  )
  gauge(
    'kops_whatif_leaders_seconds',
    'Longest expected time until its partitions have other leaders if the broker died; missing without a quorum to elect them',
    ['broker'],
    ofBroker(({ seconds }) => seconds.leaders?.max ?? null)
  )
  gauge(
    'kops_whatif_quorum_lost',
    '1 if ZooKeeper or the KRaft controllers would lose their quorum with the node, 0 if not; missing without a quorum',
    ['node'],
    ofNode(({ nodes, quorum }) =>
      nodes.length === 0 || quorum === null || quorum === 'absent' ? null : Number(quorum === 'lost')
    )
  )
  gauge(
    'kops_whatif_restart_safe',
    '1 if the node may be restarted now (kops can-restart), 0 if not',
    ['node'],
    ofNode(({ restart }) => Number(restart.safe))
  )
}
