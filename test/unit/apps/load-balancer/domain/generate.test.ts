import t from 'tap'
import Value from 'typebox/value'
import { arrivals } from '#apps/load-balancer/domain/arrivals.ts'
import { generate } from '#apps/load-balancer/domain/generate.ts'
import type { Clock } from '#shared/clock.ts'
import { type BalancedRequest, BalancedRequestSchema } from '#shared/contracts/load-balancer.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { simulatedClock } from '../../../simulated-clock.ts'

const source = (rate = 50, seed = 1) => arrivals({ rate, startsAt: 0, firstId: 7, random: createRandom(seed) })

/** Sends requests on simulated time. @param write takes a request at a time in seconds */
async function send(
  count: number,
  write: (request: BalancedRequest, at: number, clock: Pick<Clock, 'sleep'>) => Promise<void>,
  signal = new AbortController().signal
) {
  const { clock, drive } = simulatedClock()
  const now = () => clock.monotonicMs() / 1000
  const writer = {
    write: ([first]: { message: BalancedRequest }[]) =>
      first ? write(first.message, now(), clock) : Promise.resolve(),
    drained: () => Promise.resolve()
  }
  return drive(generate({ source: source(), requests: count, writer, now, clock, lastMs: 5000, signal }))
}

t.test(
  'requests have the format of the simulator, in the order in which they are due, at the rate in the mean',
  async (t) => {
    const from = source(200)
    const requests = Array.from({ length: 5000 }, () => from.next().value)
    for (const request of requests.slice(0, 200))
      t.ok(Value.Check(BalancedRequestSchema, request), JSON.stringify(request))
    t.same(
      requests.slice(0, 3).map(({ request_id }) => request_id),
      [7, 8, 9]
    )
    t.ok(requests.every(({ timestamp }, at) => timestamp >= (requests[at - 1]?.timestamp ?? 0)))
    const seconds = requests.at(-1)?.timestamp ?? 0
    t.ok(Math.abs(seconds - 25) < 1.5, `${seconds} s`)
    const work = requests.reduce((sum, { processing_time }) => sum + processing_time, 0) / requests.length
    t.ok(Math.abs(work - 4) < 0.3, `${work} units in the mean`)
  }
)

t.test('each request is sent when it is due, however slow the answers are', async (t) => {
  const late: number[] = []
  const { sent, acknowledged, seconds } = await send(100, async ({ timestamp }, at, clock) => {
    late.push(at - timestamp)
    await clock.sleep(3000)
  })
  t.match({ sent, acknowledged }, { sent: 100, acknowledged: 100 })
  t.ok(late.every((by) => Math.abs(by) < 0.001))
  t.ok(seconds > 1 && seconds < 4)
})

t.test('what is not acknowledged in time, or refused, is reported so', async (t) => {
  const never = await send(10, () => new Promise(() => undefined))
  t.match(never, { sent: 10, acknowledged: 0 })
  const refused = await send(10, async ({ request_id }) => {
    if (request_id % 2 === 0) throw new Error('closed')
  })
  t.match(refused, { sent: 10, acknowledged: 5 })
})

t.test('aborted, it sends nothing more and waits for what it has sent', async (t) => {
  const stop = new AbortController()
  const { sent, acknowledged } = await send(
    1000,
    async ({ request_id }) => {
      if (request_id === 7 + 19) stop.abort(130)
    },
    stop.signal
  )
  t.match({ sent, acknowledged }, { sent: 20, acknowledged: 20 })
})
