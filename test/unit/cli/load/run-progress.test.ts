import t from 'tap'
import { createRunProgress, lineOf } from '#cli/load/run-progress.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { run, second, workload } from './run.ts'

const progress = { acknowledged: 59_988, failed: 12, second: second(11) }
const { durationSeconds: _, ...endless } = workload

const unread = { group: 'c', consumed: 0, endToEndP50Ms: null, endToEndP99Ms: null, lag: null }
const consumers = [
  { group: 'a', consumed: 4990, endToEndP50Ms: 3, endToEndP99Ms: 14, lag: 37 },
  { group: 'b', consumed: 600, endToEndP50Ms: 800, endToEndP99Ms: 1240, lag: 1200 }
]

const lines: { when: string; change: Partial<Parameters<typeof lineOf>[0]>; line: string }[] = [
  {
    when: 'it has a duration',
    change: {},
    line: '4,998/s of 5,000/s  p50 3.12 ms  p99 12.4 ms  12 errors  3 min left'
  },
  {
    when: 'it has a number of records',
    change: { workload: { ...endless, records: 100_000 } },
    line: '4,998/s of 5,000/s  p50 3.12 ms  p99 12.4 ms  12 errors  40,000 left'
  },
  {
    when: 'the rate is closed',
    change: { progress: { ...progress, failed: 1, second: second(11, { targetPerSecond: null }) } },
    line: '4,998/s  p50 3.12 ms  p99 12.4 ms  1 error  3 min left'
  },
  {
    when: 'groups consume',
    change: { progress: { ...progress, second: second(11, { consumers }) } },
    line: '4,998/s of 5,000/s  p50 3.12 ms  p99 12.4 ms  e2e p99 1240 ms  lag 1,200  12 errors  3 min left'
  },
  {
    when: 'only groups go on',
    change: { progress: { ...progress, phase: 'draining', second: second(11, { acknowledged: 0, consumers }) } },
    line: 'draining  600/s consumed  e2e p99 1240 ms  lag 1,200'
  },
  {
    when: 'nobody knows what groups do',
    change: { progress: { ...progress, phase: 'draining', second: second(11, { consumers: [unread] }) } },
    line: 'draining  0/s consumed  e2e p99 - ms  lag ?'
  },
  {
    when: 'it searches',
    change: {
      progress: {
        ...progress,
        trial: { number: 7, perSecond: 5000, seconds: 5, isSoak: false, highestPass: 4000, lowestFail: 6000 }
      },
      workload: { ...workload, rate: { kind: 'search' } }
    },
    line: '4,998/s of 5,000/s  p50 3.12 ms  p99 12.4 ms  12 errors  trial 7, 4,000/s passes, 6,000/s fails'
  },
  {
    when: 'a search pauses between trials',
    change: { workload: { ...workload, rate: { kind: 'search' } } },
    line: '4,998/s of 5,000/s  p50 3.12 ms  p99 12.4 ms  12 errors'
  },
  {
    when: 'nothing was acknowledged within the second',
    change: {
      progress: { ...progress, second: second(11, { acknowledged: 0, responseP50Ms: null, responseP99Ms: null }) }
    },
    line: '0/s of 5,000/s  p50 - ms  p99 - ms  12 errors  3 min left'
  }
]
for (const { when, change, line } of lines) {
  t.test(`a second of a run is a line when ${when}`, async (t) => {
    t.equal(lineOf({ progress, workload, ...change }), `  12 s  ${line}`)
  })
}

/** What is written while a run goes on, second by second. */
function watched(isTTY: boolean, seconds: number[], change: Partial<Workload> = {}, phase?: 'verifying') {
  const written: string[] = []
  const output = { print: () => {}, error: (line: string) => void written.push(`${line}\n`) }
  const terminal = { isTTY, columns: 40, write: (text: string) => written.push(text) > 0 }
  const shown = createRunProgress(output, terminal)
  for (const nth of seconds) {
    shown.show(
      run({
        progress: { acknowledged: 1, failed: 0, second: second(nth), ...(phase ? { phase, read: nth } : {}) },
        workload: { ...workload, ...change }
      })
    )
  }
  shown.end()
  shown.end()
  return written
}

t.test('on a terminal the line is redrawn once a second, and is narrower than the terminal', async (t) => {
  const written = watched(true, [0, 0, 1, 2, 2])
  t.same(
    written.map((text) => text.slice(0, 7)),
    ['\r   1 s', '\r   2 s', '\r   3 s', '\n']
  )
  for (const text of written) t.ok(text.replace('\r', '').replace('\u001b[K', '').length <= 39, text)
})

t.test('elsewhere there is a line every five seconds', async (t) => {
  const seconds = Array.from({ length: 12 }, (_, nth) => nth)
  t.same(
    watched(false, seconds).map((line) => line.slice(0, 6)),
    ['   5 s', '  10 s']
  )
  t.same(
    watched(false, [0, 7, 8, 16]).map((line) => line.slice(0, 6)),
    ['   8 s', '  17 s'],
    'also if some seconds were not seen'
  )
})

t.test('while records are read back, their number is redrawn on a terminal, and said once elsewhere', async (t) => {
  const written = watched(true, [0, 1], {}, 'verifying')
  t.same(written, ['\rReading back: 0 of 1 records\u001b[K', '\rReading back: 1 of 1 records\u001b[K', '\n'])
  t.same(watched(false, [0, 1], {}, 'verifying'), ['Reading back: 0 of 1 records\n'])
})

t.test('before its first second is over a run shows nothing', async (t) => {
  t.equal(lineOf({ progress: { acknowledged: 0, failed: 0 }, workload }), '')
  t.equal(lineOf({ progress: null, workload }), '')
})
