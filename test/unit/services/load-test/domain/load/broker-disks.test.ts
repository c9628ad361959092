import t from 'tap'
import { assertRoomOnBrokers } from '#services/load-test/domain/load/broker-disks.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { disksWith, workload } from '../../fakes.ts'

const thousand = { kind: 'random', size: { kind: 'fixed', bytes: 960 }, compressibility: 0 } as const
const topic = { kind: 'temporary', partitions: 3, replicationFactor: 3 } as const
const constant = { kind: 'constant', perSecond: 1000 } as const

/** A record takes 1,000 bytes, three times, on three brokers: as many bytes a broker as 1,000 times the records. */
const cases: [string, Partial<Workload>, number | null][] = [
  ['a number of records', { records: 5000 }, 5_000_000],
  ['two replicas take two thirds on each', { records: 3000, topic: { ...topic, replicationFactor: 2 } }, 2_000_000],
  ['a rate and a duration', { rate: constant, durationSeconds: 7 }, 7_000_000],
  ['whichever ends the run first', { rate: constant, durationSeconds: 7, records: 2000 }, 2_000_000],
  ['a closed rate that only its duration ends', { durationSeconds: 7 }, null],
  ['a search, which its records only bound', { rate: { kind: 'search' }, records: 1_000_000 }, null]
]
for (const [name, change, bytes] of cases) {
  t.test(`what a run needs on each disk: ${name}`, async (t) => {
    const run = workload({ topic, payload: thousand, ...change })
    if (bytes === null) return assertRoomOnBrokers(run, disksWith(2000))
    await assertRoomOnBrokers(run, disksWith(bytes + 1000))
    await t.rejects(assertRoomOnBrokers(run, disksWith(bytes + 999)), {
      code: 'broker_disk_low',
      message: new RegExp(`Broker 1 .* may need ${bytes} there`)
    })
  })
}

t.test('brokers that do not report their space refuse nothing', async () => {
  const { reader, minFreeBytes } = disksWith(0)
  const silent = async () => {
    throw new Error('no broker answers')
  }
  await assertRoomOnBrokers(workload({ topic }), { reader: { ...reader, logDirs: silent }, minFreeBytes })
})
