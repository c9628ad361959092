import t from 'tap'
import { repeatDrill } from '#cli/drills/repeat-drill.ts'
import type { Client } from '#shared/client/client.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { drill } from './drill.ts'

/** A service that has one drill, and runs others, each ended at its second reading. */
function service({
  refusals = 0,
  endless = false,
  original = drill()
}: {
  refusals?: number
  endless?: boolean
  original?: Drill
} = {}) {
  const calls: string[] = []
  const bodies: unknown[] = []
  let left = refusals
  const readings = new Map<string, number>()
  const call = async (endpoint: unknown, options: { params?: { id: string }; body?: unknown } = {}) => {
    const id = options.params?.id ?? ''
    if (endpoint === endpoints.startDrill) {
      if (left-- > 0) throw new KopsError('cluster_unhealthy', 'replicas are catching up')
      bodies.push(options.body)
      calls.push('start')
      return drill({ id: `repeat-${bodies.length}`, finishedAt: null, verdict: null, status: 'pending' })
    }
    if (endpoint === endpoints.cancelDrill) {
      calls.push(`cancel ${id}`)
      return drill({ id })
    }
    if (endpoint === endpoints.scorecard) {
      const repeats = bodies.length
      return { repeated: [{ id: original.id, kind: 'broker-stop', result: 'pass', repeats, reproduced: repeats - 1 }] }
    }
    if (id === original.id) return original
    const reading = (readings.get(id) ?? 0) + 1
    readings.set(id, reading)
    return drill({ id, finishedAt: reading > 1 && !endless ? drill().finishedAt : null })
  }
  return { client: { call } as unknown as Pick<Client, 'call'>, calls, bodies }
}

const options = (signal = new AbortController().signal) => ({ id: drill().id, signal, pauseMs: 1, onEnded: () => {} })

t.test('a drill is repeated with the request of its record, one after the other', async (t) => {
  const { client, calls, bodies } = service({ refusals: 2 })
  const ended: string[] = []
  const found = await repeatDrill({
    ...options(),
    client,
    times: 3,
    onEnded: ({ id }, nth) => ended.push(`${nth} ${id}`)
  })
  t.same(ended, ['1 repeat-1', '2 repeat-2', '3 repeat-3'])
  t.same(bodies[0], { ...drill().request, repeatOf: drill().id })
  t.same(calls, ['start', 'start', 'start'], 'what was refused because the cluster recovers was asked for again')
  t.match(found, { repeats: 3, reproduced: 2 })
})

t.test('an interruption cancels the drill under way, and starts no other', async (t) => {
  const { client, calls } = service({ endless: true })
  const interruption = new AbortController()
  const repeated = repeatDrill({ ...options(interruption.signal), client, times: 3 })
  setImmediate(() => interruption.abort(130))
  await t.rejects(repeated)
  t.same(calls, ['start', 'cancel repeat-1'])
})

t.test('a drill without a request cannot be repeated', async (t) => {
  const { request, ...early } = drill()
  const { client, bodies } = service({ original: early })
  await t.rejects(repeatDrill({ ...options(), client, times: 1 }), { code: 'validation_failed' })
  t.same(bodies, [])
})
