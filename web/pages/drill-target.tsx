import type { DrillKindInfo } from '#shared/contracts/drills.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { useReading } from '../app/use-reading.ts'
import { StatusMark } from '../ui/status-mark.tsx'
import { lossOf } from './drill-form.ts'
import { Loss } from './rack-map.tsx'

interface TargetProps {
  info: Pick<DrillKindInfo, 'kind' | 'nodes' | 'requires'>
  node: string | undefined
  onPick: (node: string | undefined) => void
}

/** The nodes that a kind of drill can break, where they stand, and what losing each would do now. */
export function TargetMap({ info: { kind, nodes, requires }, node, onPick }: TargetProps) {
  const health = useReading('GET /api/health', undefined, 5000)
  const whatIf = useReading('GET /api/health/what-if', { query: { how: lossOf(kind), limit: 1 } }, 15_000)
  if (nodes.length === 0) return <p class="muted">What it breaks is found when it begins; the check shows it.</p>
  const racks = Map.groupBy(nodes, (name) => placeOf(name, health.value))
  return (
    <fieldset class="targets">
      <legend>Node to break</legend>
      <div class="racks">
        {[...racks].map(([rack, names]) => (
          <section class="rack" key={rack} aria-label={rack}>
            <h3>{rack}</h3>
            {names.map((name) => {
              const scenario = whatIf.value?.scenarios.find((each) => each.kind !== 'rack' && each.name === name)
              return (
                <label key={name} class={`broker-card target ${name === node ? 'is-picked' : ''}`}>
                  <span class="target-name">
                    <input
                      type="radio"
                      name="node"
                      value={name}
                      checked={name === node}
                      onChange={() => onPick(name)}
                    />
                    <strong>{name}</strong>
                    <NodeMarks name={name} health={health.value} />
                  </span>
                  {scenario ? (
                    <Loss scenario={scenario} />
                  ) : (
                    <span class="muted">{whatIf.problem ? 'What it would do is not known now.' : ''}</span>
                  )}
                </label>
              )
            })}
          </section>
        ))}
      </div>
      {!requires.includes('node') && node !== undefined && (
        <button type="button" class="small" onClick={() => onPick(undefined)}>
          Let it choose
        </button>
      )}
    </fieldset>
  )
}

function NodeMarks({ name, health }: { name: string; health: ClusterHealth | undefined }) {
  const broker = health?.brokers.find((each) => each.name === name)
  const reachable = broker?.reachable ?? health?.zookeepers?.find((each) => each.name === name)?.reachable
  return (
    <>
      {reachable !== undefined && (
        <StatusMark mark={reachable ? 'healthy' : 'down'} word={reachable ? 'answers' : 'does not answer'} />
      )}
      {broker?.controller && <span class="badge">controller</span>}
    </>
  )
}

function placeOf(name: string, health: ClusterHealth | undefined): string {
  if (name.startsWith('zookeeper')) return 'ZooKeeper'
  return health?.brokers.find((broker) => broker.name === name)?.rack ?? 'Brokers'
}
