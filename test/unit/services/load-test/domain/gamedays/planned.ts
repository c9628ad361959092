import type { DrillPlan } from '#shared/contracts/drills.ts'

/** The plan of a drill of a broker, which its guards admit unless replicas are out of sync. */
export function plannedDrill(node: string, { underReplicated = false } = {}): DrillPlan {
  const guard = { name: 'no-under-replicated', passed: !underReplicated, limit: '0 partitions' }
  return {
    ...{ kind: 'broker-stop', node, target: { nodes: [node], detail: 'it was named' }, admitted: !underReplicated },
    stages: [{ name: node, faults: [`stop ${node}`], holdMs: 20_000 }],
    guards: [{ ...guard, reading: underReplicated ? '2 partitions' : '0 partitions' }],
    prediction: {
      ...{ moves: [], offline: [], writesStop: [], groups: null, ownTopic: null, assumed: [], notes: [] },
      totals: { moves: 0, offline: 0, writesStop: 0 },
      seconds: {
        detection: { min: 0, max: 1 },
        leaders: { min: 0, max: 1 },
        clientGap: { min: 0, max: 1 },
        followed: { min: 0, max: 1 },
        isrFull: { min: 0, max: 1 }
      }
    }
  }
}
