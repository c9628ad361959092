import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import { type DrillKind, DrillKindSchema } from '#shared/contracts/drill-request.ts'
import type { DrillKindInfo, DrillKinds } from '#shared/contracts/drills.ts'
import { drillKinds } from './kinds.ts'
import { needOf } from './plan.ts'
import { fieldsOf, nodesFor } from './targets.ts'

/** The kinds of drills, and which of them the cluster of an agent can do. Pure. */
export function describeKinds(status: ClusterStatus): DrillKinds {
  const { runtime, mode = 'zookeeper' } = status
  return { runtime, mode, kinds: DrillKindSchema.enum.map((kind) => describeKind(kind, status)) }
}

function describeKind(kind: DrillKind, status: ClusterStatus): DrillKindInfo {
  const { faultKinds, mode = 'zookeeper' } = status
  const { title, targets, takes = [], requires = [], mode: wanted, faults } = drillKinds[kind]
  const fields = fieldsOf(targets)
  const missing = [
    ...(wanted === undefined || wanted === mode ? [] : [needOf(wanted)]),
    ...faultKinds.flatMap((fault) => (faults.includes(fault.kind) && !fault.available ? [fault.detail] : []))
  ]
  const how = faultKinds.flatMap((fault) =>
    faults.includes(fault.kind) ? [fault.detail, ...(fault.lacks ?? []).map(({ detail }) => detail)] : []
  )
  const required = [...fields.requires, ...requires]
  return {
    kind,
    title,
    available: missing.length === 0,
    detail: (missing.length > 0 ? missing : how).join('; '),
    requires: required,
    takes: [...fields.takes, ...takes].filter((field) => !required.includes(field)),
    nodes: nodesFor(targets, status)
  }
}
