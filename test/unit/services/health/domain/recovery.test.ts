import t from 'tap'
import type { Part } from '#services/health/domain/readings.ts'
import { createRecovery, type LastSweep } from '#services/health/domain/recovery.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { answering, endpoint, metadata, silent } from '../plain-cluster.ts'

const told = metadata([])
const error = new KopsError('kafka_timeout', 'kafka:9093: no answer lately')
const all = [1, 2, 3].map((id) => answering(id, told))
const without3 = [answering(1, told), answering(2, told), silent(3, error)]
const known = [1, 2, 3].map((id) => ({ id, endpoint: endpoint(id), rack: null }))

/** Broker 3 fell silent at 10 s and is back at 40 s. */
function recovered() {
  const recovery = createRecovery()
  recovery.heard(all, 0)
  recovery.heard(without3, 10_000)
  recovery.heard(all, 40_000)
  return recovery
}

const swept = (startedAtMs: number, endedAtMs: number, partial = true): LastSweep => ({
  startedAtMs,
  endedAtMs,
  partial
})

const cases: [name: string, last: LastSweep, earlier: number, nowMs: number, wanted: boolean][] = [
  ['1. a broker came back after the last sweep began: at once', swept(30_000, 31_000), 0, 40_000, true],
  ['2. also when nothing was missing from it', swept(30_000, 31_000, false), 0, 40_000, true],
  ['3. also when that sweep ended after it', swept(30_000, 40_500), 0, 40_600, true],
  ['4. what is missing from the early sweep is read again after 3 s', swept(40_000, 41_000), 1, 43_999, false],
  ['5. and not before', swept(40_000, 41_000), 1, 44_000, true],
  ['6. a whole one is not repeated', swept(40_001, 41_000, false), 1, 50_000, false],
  ['7. there are three early sweeps at most', swept(30_000, 31_000), 3, 40_000, false],
  ['8. what is missing 20 s later has another cause', swept(57_000, 58_000), 1, 61_000, false]
]

for (const [name, last, earlier, nowMs, wanted] of cases) {
  t.test(name, async (t) => {
    const recovery = recovered()
    for (let sweeps = 0; sweeps < earlier; sweeps++) recovery.sweeps(true)
    t.equal(recovery.wantsSweep(last, nowMs), wanted)
  })
}

t.test('a regular sweep allows early ones again; without a recovery there are none', async (t) => {
  const recovery = recovered()
  for (let sweeps = 0; sweeps < 3; sweeps++) recovery.sweeps(true)
  recovery.sweeps(false)
  t.ok(recovery.wantsSweep(swept(30_000, 31_000), 40_000))
  const calm = createRecovery()
  calm.heard(all, 0)
  calm.heard(without3, 2000)
  t.notOk(calm.wantsSweep(swept(0, 1000), 30_000))
})

t.test('the silence of a returned broker is not reported against it, under any name', async (t) => {
  const warning = (code: string, target: string): Warning => ({ code, message: 'kafka:9093: no answer lately', target })
  const outcomes = {
    parts: new Map(),
    problems: new Map<Part, Warning[]>([
      ['groups', [warning('kafka_timeout', 'kafka-3'), warning('coordinator_unavailable', 'g')]],
      ['offsets', [warning('broker_unreachable', 'kafka:9093')]],
      ['logDirs', [warning('kafka_timeout', 'kafka-2'), warning('kafka_refused', 'kafka-3')]]
    ])
  }
  const spared = recovered().spare(outcomes, 30_000, known)
  t.same(
    spared.problems,
    new Map([
      ['groups', [warning('coordinator_unavailable', 'g')]],
      ['logDirs', [warning('kafka_timeout', 'kafka-2'), warning('kafka_refused', 'kafka-3')]]
    ])
  )
  t.equal(recovered().spare(outcomes, 40_001, known), outcomes, 'what failed after it was back is told')
  const again = recovered()
  again.heard(without3, 50_000)
  t.equal(again.spare(outcomes, 30_000, known), outcomes, 'nor is it back when it is gone again')
})
