import type { ZookeeperHealth } from '#shared/contracts/ensemble-health.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { StatusMark } from '../ui/status-mark.tsx'
import { Count, Since } from '../ui/values.tsx'

/** The nodes that keep the cluster's metadata. */
export function Ensemble({ health: { zookeepers, quorum } }: { health: ClusterHealth }) {
  if (quorum) {
    return (
      <ul class="nodes">
        {quorum.voters.map(({ id, name, leader, lag, caughtUpAt }) => (
          <li key={id}>
            <StatusMark mark={lag === null ? 'unknown' : 'healthy'} word={lag === null ? 'unknown' : 'voter'} quiet />
            <strong>{name}</strong> <span class="muted">{leader ? 'leader' : 'follower'}</span>
            {!leader && (
              <span class="muted">
                {' '}
                lag <Count value={lag} />
                {caughtUpAt && (
                  <>
                    , caught up <Since at={caughtUpAt} /> ago
                  </>
                )}
              </span>
            )}
          </li>
        ))}
      </ul>
    )
  }
  if (zookeepers.length === 0) return <p class="muted">Its nodes are not known.</p>
  return (
    <ul class="nodes">
      {zookeepers.map((node) => (
        <ZookeeperNode key={node.name} node={node} />
      ))}
    </ul>
  )
}

function ZookeeperNode({ node: { name, mode, reachable, outstandingRequests } }: { node: ZookeeperHealth }) {
  const mark = !reachable ? 'down' : mode === null ? 'degraded' : 'healthy'
  const word = !reachable ? 'does not answer' : (mode ?? 'serves no quorum')
  return (
    <li>
      <StatusMark mark={mark} word={word} quiet />
      <strong>{name}</strong> <span class={mark === 'healthy' ? 'muted' : `text-${mark}`}>{word}</span>
      {outstandingRequests !== null && outstandingRequests > 0 && (
        <span class="muted">, {outstandingRequests} requests wait</span>
      )}
    </li>
  )
}
