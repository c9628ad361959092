import t from 'tap'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { allowedPerHour, fittedLine, type Measure, type Sample, trendsOf, written } from '../soak/judge.ts'
import { work } from '../soak/workload.ts'

const mebibyte = 1024 * 1024

/** An hour of samples, one a minute. */
function hourOf(at: (minute: number) => Partial<Sample>, minutes = 60): Sample[] {
  return Array.from({ length: minutes + 1 }, (_, minute) => {
    return { at: minute * 60, rssBytes: 100 * mebibyte, handles: 40, logBytes: 0, ...at(minute) }
  })
}

const risingOf = (samples: Sample[]) =>
  trendsOf(samples)
    .filter(({ verdict }) => verdict === 'rises')
    .map(({ measure }) => measure)

/** Up and down by as much, the same each time: 0.5, -0.5, … with a period of seven samples. */
const sawtooth = (minute: number) => (minute % 7) / 6 - 0.5

const cases: { name: string; samples: Sample[]; rising: Measure[] }[] = [
  { name: 'nothing changes', samples: hourOf(() => ({})), rising: [] },
  {
    name: 'memory rises by 60 MiB an hour',
    samples: hourOf((minute) => ({ rssBytes: (100 + minute) * mebibyte })),
    rising: ['rssBytes']
  },
  {
    name: 'memory rises so through collections of garbage',
    samples: hourOf((minute) => ({ rssBytes: (100 + minute + 8 * sawtooth(minute)) * mebibyte })),
    rising: ['rssBytes']
  },
  {
    name: 'memory rises by 12 MiB an hour, which is allowed',
    samples: hourOf((minute) => ({ rssBytes: (100 + minute / 5) * mebibyte })),
    rising: []
  },
  {
    name: 'memory only goes up and down',
    samples: hourOf((minute) => ({ rssBytes: (100 + 40 * sawtooth(minute)) * mebibyte })),
    rising: []
  },
  {
    name: 'memory rises in the first half, while caches fill',
    samples: hourOf((minute) => ({ rssBytes: (100 + 4 * Math.min(minute, 30)) * mebibyte })),
    rising: []
  },
  {
    name: 'memory falls',
    samples: hourOf((minute) => ({ rssBytes: (200 - minute) * mebibyte })),
    rising: []
  },
  {
    name: 'a handle is left open every three minutes',
    samples: hourOf((minute) => ({ handles: 40 + Math.floor(minute / 3) })),
    rising: ['handles']
  },
  {
    name: 'a stream is open at every third sample',
    samples: hourOf((minute) => ({ handles: 40 + (minute % 3 === 0 ? 2 : 0) })),
    rising: []
  },
  {
    name: 'a log of 120 MiB an hour is rotated',
    samples: hourOf((minute) => ({ logBytes: ((2 * minute) % 32) * mebibyte })),
    rising: ['logBytes']
  },
  {
    name: 'a log of 12 MiB an hour',
    samples: hourOf((minute) => ({ logBytes: (minute * mebibyte) / 5 })),
    rising: []
  }
]
for (const { name, samples, rising } of cases) {
  t.test(`${name}: ${rising.length === 0 ? 'steady' : `${rising} rises`}`, async (t) => {
    t.same(risingOf(samples), rising)
  })
}

t.test('with too few samples nothing is said, whatever they show', async (t) => {
  const verdicts = (samples: Sample[]) => trendsOf(samples).map(({ verdict }) => verdict)
  for (const minutes of [-1, 0, 1, 21]) {
    t.same(verdicts(hourOf((minute) => ({ handles: 10 * minute }), minutes)), ['unknown', 'unknown', 'unknown'])
  }
  t.same(verdicts(hourOf((minute) => ({ handles: 10 * minute }), 22)), ['steady', 'rises', 'steady'])
})

t.test('a slope is that of the second half, an hour', async (t) => {
  const [memory] = trendsOf(hourOf((minute) => ({ rssBytes: minute * mebibyte })))
  t.equal(Math.round((memory?.perHour ?? 0) / mebibyte), 60)
  t.equal(memory?.allowedPerHour, allowedPerHour.rssBytes)
})

t.test('a line is fitted by least squares, with the error of its slope', async (t) => {
  t.same(fittedLine([0, 1, 2, 3], [1, 3, 5, 7]), { slope: 2, error: 0 })
  const { slope, error } = fittedLine([0, 1, 2, 3], [0, 1, 0, 1])
  t.ok(Math.abs(slope - 0.2) < 1e-9)
  t.ok(Math.abs(error - Math.sqrt(0.8 / 2 / 5)) < 1e-9)
  t.same(fittedLine([], []), { slope: 0, error: 0 })
  t.same(fittedLine([1], [5]), { slope: 0, error: 0 })
})

t.test('what was written to a log includes what rotation has set aside', async (t) => {
  t.same(written([10, 20, 30, 5, 15]), [0, 10, 20, 25, 35])
  t.same(written([]), [])
})

t.test('the work goes on after a failure, counts it by its code, and ends at once when it is stopped', async (t) => {
  const stopped = new AbortController()
  const called: unknown[] = []
  const client = {
    async call(endpoint: unknown) {
      called.push(endpoint)
      if (endpoint === endpoints.loadTestStats) stopped.abort()
      if (endpoint === endpoints.probe) throw new KopsError('service_unreachable', 'nothing listens')
      return { result: { acknowledged: 9999 }, failure: 'one is missing' }
    },
    async *watch() {}
  } as Partial<Client> as Client
  const { loadTests, acknowledged, failures } = await work(client, 'soak-topic', stopped.signal)
  t.ok(called.includes(endpoints.alerts), 'what comes after the failed one')
  t.same([loadTests, acknowledged], [1, 9999])
  t.same([...failures].sort(), [
    ['probe service_unreachable', 1],
    ['runLoadTest Error: one is missing', 1]
  ])
})
