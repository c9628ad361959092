import t from 'tap'
import { timelineChart } from '#cli/drills/timeline-chart.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { drill, partition } from './drill.ts'

const chart = (change: Partial<Drill> = {}, partitions = 6) => timelineChart(drill(change, partitions)) ?? ''
const count = (text: string, part: string | RegExp) => text.split(part).length - 1

/** Of -2 s to 26.5 s, 788 wide from 200 on. */
const place = (ms: number) => Math.round((200 + ((ms + 2000) / 28_500) * 788) * 10) / 10

t.test('each partition has a lane in the colours of its leaders, its ISR beneath', async (t) => {
  const svg = chart()
  for (let nth = 0; nth < 6; nth += 1) t.match(svg, `>kops-drill-x-${nth}</text>`)
  const [lane = ''] = svg.match(/<g>\n<title>kops-drill-x-0:.*?<\/g>/s) ?? []
  t.match(lane, 'kafka-2, no leader after 6.5 s, kafka-3 after 6.8 s; longest time without an acknowledgement: 7.0 s')
  t.match(lane, `<rect class="b1" x="${place(-2000)}" `, 'kafka-2 led')
  t.match(lane, `<rect class="none" x="${place(6500)}" `)
  t.match(lane, `<rect class="b2" x="${place(6800)}" `, 'kafka-3 leads')
  t.equal(count(lane, 'height="14"'), 3, 'a bar for each leader, and the time without one')
  t.equal(count(lane, 'height="3"'), 4, 'three replicas in sync, one of them twice')
})

t.test('of many partitions, lanes are thin, pale while replicas are missing, and together by leader', async (t) => {
  const svg = chart({}, 200)
  t.equal(count(svg, '<title>kops-drill-x-'), 200)
  for (const label of ['66 led by kafka-1', '67 led by kafka-2', '67 led by kafka-3']) t.match(svg, `>${label}</text>`)
  t.equal(count(svg, ' led by kafka-'), 3)
  t.ok(svg.indexOf('kops-drill-x-2:') < svg.indexOf('kops-drill-x-0:'), 'kafka-1 led partition 2')
  t.match(svg, 'class="b2 pale"')
  t.match(svg, 'Leader (pale: ISR shrunk)')
  const [, height] = /viewBox="0 0 1000 (\d+)"/.exec(svg) ?? []
  t.ok(Number(height) < 1400, `${height}`)
})

t.test('of very many partitions, those that waited longest are shown', async (t) => {
  const partitions = Array.from({ length: 1000 }, (_, nth) => ({ ...partition(nth), longestAckGapMs: nth }))
  const svg = chart({ partitions })
  t.equal(count(svg, '<title>kops-drill-x-'), 400)
  t.match(svg, 'kops-drill-x-999:')
  t.notMatch(svg, 'kops-drill-x-599:')
})

t.test('bands begin with the fault, or with the healing, and what was measured is in its place', async (t) => {
  const svg = chart()
  const left = place(4000)
  t.match(svg, `<rect class="band" x="${left}"`, 'new leaders')
  t.match(svg, `<rect class="band" x="${place(21_000)}"`, 'in sync again, after the healing')
  t.match(svg, `<rect class="measured" x="${Math.round((place(6900) - 2) * 10) / 10}"`)
  t.match(svg, `<rect class="outside" x="${Math.round((place(24_900) - 2) * 10) / 10}"`, 'outside of its band')
  t.match(svg, '>not measured, predicted 4 to 9 s</text>')
})

t.test('faults and healings are marked, those of every stage', async (t) => {
  const svg = chart()
  t.match(svg, `<path class="fault" d="M${place(0)} `)
  t.match(svg, `<path class="healing" d="M${place(20_000)} `)
  t.match(svg, '>healing 20.0 s</text>')
  const { timeline } = drill()
  const again = [...timeline, ...timeline].map((each) => ({ ...each }))
  t.equal(count(chart({ timeline: again }), 'class="fault"'), 2)
})

t.test('the rate is drawn in its buckets, failures as bars', async (t) => {
  const svg = chart()
  t.match(svg, `<path class="acknowledged" d="M${place(-1750)} `)
  t.equal(count(svg, '<rect class="failed"'), 1)
  t.match(svg, `<rect class="failed" x="${place(6500)}"`)
  t.match(svg, '>1,000</text>', 'per second, though buckets have half of one')
})

t.test('text cannot leave its place', async (t) => {
  const svg = chart({ partitions: [partition(0, '<script>"')] })
  t.notMatch(svg, '<script>')
  t.match(svg, '&#60;script&#62;&#34;-0')
})

t.test('a drill without lanes and rates has none', async (t) => {
  const { partitions, rates, ...rest } = drill()
  t.equal(timelineChart(rest), undefined)
  t.match(timelineChart({ ...rest, partitions: [], rates: { everyMs: 500, acknowledged: [], failed: [] } }), '<svg')
})
