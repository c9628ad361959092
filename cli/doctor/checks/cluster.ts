import type { NodeStatus } from '#shared/contracts/cluster.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { HealthReason } from '#shared/contracts/health-status.ts'
import { counted } from '../../output.ts'
import { check, error, info, type Judgement, ok, problemsOr, unknown, warning } from '../check.ts'

type Code = HealthReason['code']

/**
 * health-service has judged the cluster already: its reasons are the problems, with the command that it suggests.
 * @param fine what to say where none of them holds
 * @param degraded how bad a reason is that leaves the cluster working
 */
function reasonsOf(
  { reasons }: Pick<ClusterHealth, 'reasons'>,
  codes: readonly Code[],
  fine: () => Judgement,
  degraded: typeof warning = warning
): Judgement[] {
  const problems = reasons
    .filter(({ code }) => codes.includes(code))
    .map(({ message, severity, command, runbook }) => {
      const advice = `${command}; docs/runbooks/${runbook}.md`
      return severity === 'down' ? error(message, advice) : degraded(message, advice)
    })
  return problems.length === 0 ? [fine()] : problems
}

/** Whether a part of health's reading is there. */
export function wasRead({ parts }: ClusterHealth, name: string): boolean {
  return parts.some(({ part, ok }) => part === name && ok)
}

function judgeNode({ name, state, isolated, ready, impairments = [] }: NodeStatus): Judgement[] {
  if (state !== 'running') {
    return [
      error(`${name} is ${state}`, state === 'paused' ? `kops cluster resume ${name}` : `kops cluster start ${name}`)
    ]
  }
  if (isolated) return [error(`${name} is isolated`, `kops cluster heal ${name}`)]
  const impaired = impairments.map(({ kind, detail }) =>
    warning(`${name}: ${kind} (${detail})`, `kops cluster heal ${name}`)
  )
  return ready ? impaired : [...impaired, error(`${name} runs and does not answer`, `kops cluster logs ${name}`)]
}

/** The cluster: by its agent, which knows processes, and by health-service, which asks the brokers. */
export const clusterChecks = [
  check('cluster.nodes', ['cluster'], ({ cluster: { nodes } }) =>
    problemsOr(nodes.flatMap(judgeNode), `all ${counted(nodes.length, 'node')} run and answer`)
  ),

  check('cluster.faults', ['cluster'], ({ cluster: { faults, warnings = [] } }) => {
    const active = faults.map(({ kind, node, expiresAt }) =>
      warning(
        `a fault is active: ${kind} of ${node} until ${expiresAt}`,
        'It ends by itself; drills and operators inject faults'
      )
    )
    const record = warnings.map(({ message }) => warning(message, 'kops cluster status'))
    return problemsOr([...active, ...record], 'no fault is active')
  }),

  check('cluster.brokers', ['health'], ({ health }) => {
    const serving = health.brokers.filter(({ reachable }) => reachable).length
    const codes = ['broker_unreachable', 'no_broker_reachable', 'broker_views_disagree'] as const
    return reasonsOf(
      health,
      codes,
      () => ok(`${serving} of ${health.brokers.length} brokers answer health-service`),
      error
    )
  }),

  check('cluster.controller', ['health'], ({ health }) => {
    const { controllers } = health
    if (controllers !== null && controllers > 1) {
      const advice = 'kops brokers list; docs/runbooks/kafka-controller-count-wrong.md'
      return error(`${controllers} brokers claim to be the controller`, advice)
    }
    const controller = health.brokers.find(({ controller }) => controller)?.name
    const fine = () =>
      controller === undefined
        ? unknown('no broker that answers names the controller', 'kops cluster logs, of each broker')
        : ok(`the controller is ${controller}`)
    return reasonsOf(health, ['no_controller'], fine, error)
  }),

  check('cluster.ensemble', ['health'], ({ health: { quorum, zookeepers, ...health } }) => {
    const serving = zookeepers.filter(({ mode }) => mode !== null).length
    const fine = () => {
      if (quorum !== null) return ok(`a quorum of ${counted(quorum.voters.length, 'voter')} has a leader`)
      return zookeepers.length === 0
        ? unknown(
            'neither ZooKeeper nodes nor a quorum could be read',
            'KOPS_ZOOKEEPER_SERVERS of health-service names them'
          )
        : ok(`${serving} of ${counted(zookeepers.length, 'ZooKeeper node')} serve`)
    }
    return reasonsOf(health, ['zookeeper_unreachable', 'zookeeper_no_quorum', 'quorum_unavailable'], fine, error)
  }),

  check('cluster.replication', ['health'], ({ health }) => {
    const codes = [
      'partitions_offline',
      'partitions_under_min_isr',
      'partitions_under_replicated',
      'partitions_unconfirmed',
      'log_dir_offline'
    ] as const
    const fine = () =>
      health.partitions === null
        ? unknown('no broker named the partitions', 'kops health')
        : ok(`${counted(health.partitions.total, 'partition')}: every replica is in sync`)
    return reasonsOf(health, codes, fine)
  }),

  check('cluster.groups', ['health'], ({ health }) => {
    const fine = () =>
      wasRead(health, 'groups')
        ? ok(`${counted(health.groups.length, 'consumer group')}: none has stopped`)
        : unknown('the consumer groups could not be read', 'kops health')
    return reasonsOf(health, ['groups_stopped'], fine)
  }),

  check('cluster.reading', ['health'], ({ health }) => {
    const lost = health.parts.filter(({ ok }) => !ok).map(({ part }) => part)
    const fine = () =>
      lost.length === 0
        ? ok(`read completely at ${health.asOf}`)
        : info(`read at ${health.asOf}, without ${lost.join(', ')}`, 'kops health')
    return reasonsOf(health, ['reading_incomplete', 'reading_stale'], fine)
  })
]
