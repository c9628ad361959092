import type { DrillPartition } from '#shared/contracts/drill-records.ts'
import type { Drill } from '#shared/contracts/drills.ts'

const start = Date.parse('2026-02-03T04:05:06.000Z')
const at = (ms: number) => new Date(start + ms).toISOString()

/** A partition of a drill on broker 2, which led those whose number is a multiple of three. */
export function partition(nth: number, topic = 'kops-drill-x'): DrillPartition {
  const [a, b, c] = [(nth + 1) % 3, (nth + 2) % 3, nth % 3].map((each) => each + 1) as [number, number, number]
  const leader = a
  const wasLed = leader === 2
  const others = [a, b, c].filter((id) => id !== 2)
  const away = 6800 + (nth % 7) * 40
  return {
    topic,
    partition: nth,
    leaderBefore: leader,
    timeline: {
      firstClientErrorMs: wasLed ? 120 : null,
      sessionGoneMs: 6500,
      newEpochMs: wasLed ? away : null,
      firstAckMs: wasLed ? away + 300 : null,
      isrShrunkMs: away,
      isrFullMs: 24_900,
      preferredLeaderMs: null
    },
    longestAckGapMs: wasLed ? away + 200 : 420,
    lanes: [
      { fromMs: -2000, leader, epoch: 0, isr: [a, b, c] },
      ...(wasLed ? [{ fromMs: 6500, leader: null, epoch: 0, isr: others }] : []),
      { fromMs: away, leader: wasLed ? (others[0] ?? 1) : leader, epoch: wasLed ? 1 : 0, isr: others },
      { fromMs: 24_900, leader: wasLed ? (others[0] ?? 1) : leader, epoch: wasLed ? 1 : 0, isr: [...others, 2] }
    ]
  }
}

/** A drill that killed kafka-2 and passed. */
export function drill(change: Partial<Drill> = {}, partitions = 6): Drill {
  const id = '20260203T040506-9f3a1c'
  return {
    id,
    kind: 'broker-stop',
    node: 'kafka-2',
    status: 'completed',
    createdAt: at(-9000),
    finishedAt: at(31_000),
    verdict: {
      result: 'pass',
      reasons: [
        'All 12345 acknowledged records were read back at their acknowledged offsets',
        'kafka-2 stopped answering 0.2 s after the fault was requested'
      ],
      counts: {
        attempted: 12_400,
        acknowledged: 12_345,
        failed: 50,
        indeterminate: 5,
        read: 12_347,
        ackedLost: 0,
        duplicates: 0,
        reordered: 0,
        corrupt: 0,
        failedButPresent: 2
      },
      measurements: {
        timeToNewLeadersMs: 6900,
        timeToFullIsrMs: 4900,
        longestAckGapMs: 7100,
        faultDurationMs: 20_000,
        leadersOnNodeBefore: 2
      },
      findings: [
        { class: 'ackedLost', severity: 'allowed', count: 0, detail: 'acknowledged and not in the log' },
        { class: 'failedButPresent', severity: 'allowed', count: 2, detail: 'refused, and in the log all the same' }
      ]
    },
    timeline: [
      { at: at(-8900), event: 'topic-created', detail: 'kops-drill-x' },
      { at: at(0), event: 'fault-injecting', detail: 'kill kafka-2' },
      { at: at(80), event: 'fault-injected' },
      { at: at(20_000), event: 'healing' },
      { at: at(20_900), event: 'healed' },
      { at: at(24_900), event: 'isr-full' },
      { at: at(26_000), event: 'workload-stopped', detail: '12400 records' }
    ],
    target: { nodes: ['kafka-2'], detail: 'led 2 partitions' },
    guards: [
      { name: 'no-other-fault', passed: true, reading: '0 faults', limit: '0 faults' },
      { name: 'blast-radius', passed: false, reading: '2 brokers', limit: '1 broker', forced: true }
    ],
    evidence: [
      {
        stage: 'kafka-2',
        node: 'kafka-2',
        confirmed: true,
        detail: 'its process was gone',
        reach: ['kafka-1 -> kafka-2 (broker)']
      }
    ],
    comparison: [
      { name: 'detection', predicted: { min: 4, max: 8 }, measuredSeconds: 6.5, within: true },
      { name: 'leaders', predicted: { min: 4, max: 9 }, measuredSeconds: 6.9, within: true },
      { name: 'clientGap', predicted: { min: 4, max: 10 }, measuredSeconds: 7.1, within: true },
      { name: 'followed', predicted: { min: 4, max: 9 }, measuredSeconds: null, within: null },
      {
        name: 'isrFull',
        predicted: { min: 1, max: 4 },
        measuredSeconds: 4.9,
        within: false,
        explanation: '120 MB to copy'
      }
    ],
    partitions: Array.from({ length: partitions }, (_, nth) => partition(nth)),
    rates: {
      everyMs: 500,
      fromMs: -2000,
      acknowledged: Array.from({ length: 56 }, (_, nth) => (nth >= 4 && nth < 18 ? 100 : nth === 18 ? 320 : 150)),
      failed: Array.from({ length: 56 }, (_, nth) => (nth === 17 ? 50 : 0))
    },
    fingerprint: {
      hash: '91b0c47d2f6e8a35',
      parts: { brokers: 'kafka-1, kafka-2, kafka-3', 'broker.zookeeper.session.timeout.ms': '6000' }
    },
    request: { kind: 'broker-stop', node: 'kafka-2', faultDurationMs: 20_000 },
    links: { self: `/api/drills/${id}`, events: `/api/drills/${id}/events`, cancel: `/api/drills/${id}` },
    ...change
  }
}
