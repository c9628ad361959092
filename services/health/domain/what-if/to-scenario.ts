import type { LossCounts, WhatIfScenario } from '#shared/contracts/what-if.ts'
import { transactionTopic } from '#shared/prediction/coordinators.ts'
import type { KnownCluster, Scenario } from '#shared/prediction/model.ts'
import type { PartitionLoss, Prediction } from '#shared/prediction/predict.ts'
import { judgeRestart } from '#shared/prediction/restart.ts'

/** A prediction in numbers. */
export function toScenario(cluster: KnownCluster, scenario: Scenario, prediction: Prediction): WhatIfScenario {
  const { kind, name, brokers, nodes } = scenario
  const { serves, moves, offline, writesStop, unknown, groups, leaderBytesPerSecond, quorum, seconds } = prediction
  const coordinates = ({ topic }: { topic: string }) => topic === transactionTopic
  return {
    kind,
    name,
    brokers: [...brokers],
    nodes: [...nodes],
    serves,
    leaders: moves.length,
    offline: countLosses(offline),
    writesStop: unknown.length > 0 ? null : countLosses(writesStop),
    unclean: moves.filter(({ unclean }) => unclean).length,
    groups: groups?.length ?? null,
    transactionCoordinators: moves.filter(coordinates).length + offline.filter(coordinates).length,
    leaderBytesPerSecond: leaderBytesPerSecond === null ? null : Math.round(leaderBytesPerSecond),
    quorum: quorum.quorum,
    seconds,
    restart: judgeRestart(cluster, scenario, prediction)
  }
}

function countLosses(losses: readonly PartitionLoss[]): LossCounts {
  const counts = { degraded: 0, configuration: 0, singleReplica: 0 }
  for (const { cause } of losses) counts[cause] += 1
  return counts
}
