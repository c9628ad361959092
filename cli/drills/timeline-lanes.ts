import type { DrillPartition } from '#shared/contracts/drill-records.ts'
import { brokerColours as colours, runs } from '#shared/drill-timeline.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { escaped } from '#shared/reports/line-chart.ts'
import { seconds } from './report-facts.ts'

/** The place of a time on the chart. */
export type At = (ms: number) => number

/** More lanes than a page has room for: those that waited longest remain. */
const mostLanes = 400
/** So many lanes have names; more are thin, and lie together by the broker that led them before. */
const mostNamed = 40

/** Styles of lanes: a colour for each of eight brokers, light and dark, of which none is that of a lane without a leader. */
export const laneStyle = `
:root { --b0: #2f6fd0; --b1: #c46a00; --b2: #2c8a45; --b3: #8a5cd8; --b4: #c2458d; --b5: #14808a; --b6: #8a7500; --b7: #6b7682 }
@media (prefers-color-scheme: dark) {
  :root { --b0: #5c9fee; --b1: #e69138; --b2: #56b86f; --b3: #b18cf2; --b4: #ea7fbb; --b5: #45b8c2; --b6: #cdb947; --b7: #97a3b0 }
}
svg.drill .inside { fill: var(--ground); font-size: 11px }
svg.drill .none { fill: var(--bad) }
svg.drill .pale { opacity: .45 }
${Array.from({ length: colours }, (_, nth) => `svg.drill .b${nth} { fill: var(--b${nth}) }`).join('\n')}
`

/** Partitions in the order of their lanes: as they are, or, if there are many, by the leader that they had before. */
export function shownLanes(partitions: readonly DrillPartition[]): readonly DrillPartition[] {
  const waited = partitions.toSorted((a, b) => (b.longestAckGapMs ?? 0) - (a.longestAckGapMs ?? 0))
  const kept = new Set(waited.slice(0, mostLanes))
  const shown = partitions.filter((each) => kept.has(each))
  return isDense(shown) ? shown.toSorted((a, b) => (a.leaderBefore ?? -1) - (b.leaderBefore ?? -1)) : shown
}

export function isDense(lanes: readonly DrillPartition[]): boolean {
  return lanes.length > mostNamed
}

/** The height of all lanes. */
export function heightOf(lanes: readonly DrillPartition[]): number {
  return lanes.length * laneHeight(lanes.length)
}

function laneHeight(lanes: number): number {
  return lanes <= 12 ? 30 : lanes <= mostNamed ? 22 : lanes <= 100 ? 8 : 5
}

interface Place {
  at: At
  /** Where a lane's last change lasts until. */
  toMs: number
  brokers: ReadonlyMap<number, number>
  top: number
  /** Where labels end. */
  left: number
}

/** A lane for each partition. */
export function drawLanes(lanes: readonly DrillPartition[], place: Place): string[] {
  const height = laneHeight(lanes.length)
  const draw = isDense(lanes) ? thinLane : namedLane
  return lanes.flatMap((partition, nth) => {
    const label = isDense(lanes) ? groupLabel(lanes, nth) : nameOf(partition)
    const top = place.top + nth * height
    const text = `<text x="${place.left}" y="${top + 10}" text-anchor="end">${escaped(label ?? '')}</text>`
    const title = `<title>${escaped(describe(partition, place.toMs))}</title>`
    return ['<g>', title, ...(label === undefined ? [] : [text]), ...draw(partition, { ...place, top }, height), '</g>']
  })
}

function nameOf({ topic, partition }: DrillPartition): string {
  const name = `${topic}-${partition}`
  return name.length > 28 ? `…${name.slice(-27)}` : name
}

/** Above the first lane of those that one broker led. */
function groupLabel(lanes: readonly DrillPartition[], nth: number): string | undefined {
  const leader = lanes[nth]?.leaderBefore ?? null
  if (nth > 0 && (lanes[nth - 1]?.leaderBefore ?? null) === leader) return undefined
  const size = lanes.filter(({ leaderBefore }) => leaderBefore === leader).length
  return leader === null ? `${size} without a leader` : `${size} led by ${brokerName(leader)}`
}

/** The leader's name within its bar, and beneath a stripe for each replica while it is in sync. */
function namedLane({ lanes }: DrillPartition, { at, toMs, top, brokers }: Place, height: number): string[] {
  const bar = height >= 30 ? 14 : 12
  const stripe = height >= 30 ? 3 : 1.5
  const replicas = Array.from(new Set(lanes.flatMap((each) => each.isr))).sort((a, b) => a - b)
  return [
    ...runs(lanes, toMs, ({ leader }) => leader).map(({ from, to, value }) => {
      const [x, width] = [at(from), round(at(to) - at(from))]
      const name = leaderName(value)
      const text =
        width > name.length * 7 + 4 ? `<text class="inside" x="${x + 4}" y="${top + bar - 3}">${name}</text>` : ''
      return `<rect class="${toneOf(value, brokers)}" x="${x}" y="${top}" width="${width}" height="${bar}"/>${text}`
    }),
    ...replicas.flatMap((id, nth) =>
      runs(lanes, toMs, ({ isr }) => isr.includes(id))
        .filter(({ value }) => value)
        .map(({ from, to }) => {
          const y = top + bar + 1 + nth * (stripe + 1)
          return `<rect class="${toneOf(id, brokers)}" x="${at(from)}" y="${y}" width="${round(at(to) - at(from))}" height="${stripe}"/>`
        })
    )
  ]
}

/** A bar that is pale while replicas are missing from the ISR: there is no room beneath it. */
function thinLane({ lanes }: DrillPartition, { at, toMs, top, brokers }: Place, height: number): string[] {
  const whole = lanes.reduce((most, { isr }) => Math.max(most, isr.length), 0)
  const tone = ({ leader, isr }: DrillPartition['lanes'][number]) =>
    `${toneOf(leader, brokers)}${leader !== null && isr.length < whole ? ' pale' : ''}`
  return runs(lanes, toMs, tone).map(
    ({ from, to, value }) =>
      `<rect class="${value}" x="${at(from)}" y="${top}" width="${round(at(to) - at(from))}" height="${height - 1}"/>`
  )
}

function toneOf(broker: number | null, brokers: Place['brokers']): string {
  return broker === null ? 'none' : `b${brokers.get(broker) ?? 0}`
}

function leaderName(leader: number | null): string {
  return leader === null ? 'no leader' : brokerName(leader)
}

/** What a reader learns who points at a lane. */
function describe(partition: DrillPartition, toMs: number): string {
  const { topic, lanes, longestAckGapMs } = partition
  const led = runs(lanes, toMs, ({ leader }) => leader).map(({ from, value }, nth) =>
    nth === 0 ? leaderName(value) : `${leaderName(value)} after ${seconds(from)}`
  )
  return `${topic}-${partition.partition}: ${led.join(', ')}; longest time without an acknowledgement: ${seconds(longestAckGapMs)}`
}

export function round(value: number): number {
  return Math.round(value * 10) / 10
}
