import type { NodeStatus } from '#shared/contracts/cluster.ts'
import { check, error, type Judgement, problemsOr, warning } from '../check.ts'
import type { Port } from '../sources.ts'

/** The ports on this machine: those of running nodes accept connections, those of stopped ones are free. */
export const portChecks = [
  check('ports.nodes', ['ports', 'cluster'], ({ ports, cluster: { nodes } }) => {
    const own = ports.filter(({ name }) => nodes.some((node) => node.name === name))
    const problems = own.flatMap((port) =>
      judgePort(
        port,
        nodes.find(({ name }) => name === port.name)
      )
    )
    return problemsOr(problems, `${own.map(({ port }) => port).join(', ')}: as they should be`)
  }),

  check('ports.monitoring', ['ports'], ({ ports }) => {
    const silent = ports.filter(({ name, accepts }) => (name === 'prometheus' || name === 'alertmanager') && !accepts)
    const advice = 'Run ./setup.sh; kops cluster status says why it was left out, if it was'
    return problemsOr(
      silent.map(({ name, port }) => warning(`nothing listens on ${port}, the port of ${name}`, advice)),
      'Prometheus and Alertmanager listen'
    )
  })
]

function judgePort({ name, port, accepts, listener }: Port, node: NodeStatus | undefined): Judgement[] {
  if (node?.state === 'running' && !accepts) {
    const [what, advice] = node.isolated
      ? ['is isolated', `kops cluster heal ${name}`]
      : ['runs', `kops cluster logs ${name}; if it has started long ago, kops cluster restart ${name}`]
    return [error(`${name} ${what} and port ${port} accepts no connection`, advice)]
  }
  if ((node?.state === 'stopped' || node?.state === 'absent') && accepts) {
    const who = listener ?? 'another program'
    return [
      error(`${who} listens on ${port}, the port of ${name}, which does not run`, `Stop ${who}; then: kops cluster up`)
    ]
  }
  return []
}
