import t from 'tap'
import { fingerprintOf, isNamed, partDifferences, workloadHashOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { workload } from '../../fakes.ts'

t.test('a hash stands for all parts, in any order, unknown ones included', async (t) => {
  const { hash } = fingerprintOf({ a: '1', b: null })
  t.match(hash, /^[0-9a-f]{16}$/)
  t.equal(fingerprintOf({ b: null, a: '1' }).hash, hash)
  for (const parts of [{ a: '1' }, { a: '1', b: '2' }, { a: '1', b: 'null' }, { a: null, b: '1' }]) {
    t.not(fingerprintOf(parts).hash, hash)
  }
})

t.test('parts that differ are named with both values', async (t) => {
  t.same(partDifferences({ same: '1', b: '2', a: '1' }, { same: '1', b: null, c: '3' }), [
    { part: 'a', a: '1', b: null },
    { part: 'b', a: '2', b: null },
    { part: 'c', a: null, b: '3' }
  ])
  const names: [string, string[], boolean][] = [
    ['client.node', ['client'], true],
    ['client.node', ['client.node'], true],
    ['client.node', ['client.no'], false],
    ['client', ['client.node'], false],
    ['client', [], false]
  ]
  for (const [part, named, expected] of names) t.equal(isNamed(part, named), expected, `${part} in ${named}`)
})

const existing = { kind: 'existing', name: 'x' } as const
const changes: { change: Partial<Workload>; same: boolean }[] = [
  { change: { name: 'other' }, same: true },
  { change: { description: 'text' }, same: true },
  { change: { topic: { ...existing, confirm: 'x' } }, same: true },
  { change: { thresholds: ['errors = 0'] }, same: true },
  { change: { profile: 'durable' }, same: true },
  { change: { rate: { kind: 'closed' } }, same: true },
  { change: { profile: 'low-latency' }, same: false },
  { change: { records: 11 }, same: false },
  { change: { producer: { lingerMs: 6 } }, same: false },
  { change: { producers: 2 }, same: false },
  { change: { consumers: [] }, same: true },
  { change: { consumers: [{ members: 1 }] }, same: false },
  { change: { topic: { kind: 'temporary', partitions: 1, replicationFactor: 1 } }, same: false }
]
t.test('the hash of a workload without consumers is the one that it had before there were any', async (t) => {
  t.equal(workloadHashOf(workload()), '8c2bd22b3baaf16d')
  const confirmed = workload({ consumers: [{ group: 'a', members: 1, confirm: 'a' }] })
  t.equal(workloadHashOf(confirmed), workloadHashOf(workload({ consumers: [{ group: 'a', members: 1 }] })))
})

for (const { change, same } of changes) {
  t.test(`${JSON.stringify(change)} makes ${same ? 'the same' : 'another'} workload`, async (t) => {
    t.equal(workloadHashOf(workload(change)) === workloadHashOf(workload()), same)
  })
}
