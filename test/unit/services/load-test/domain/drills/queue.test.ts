import t from 'tap'
import { interruptedDrill } from '#services/load-test/domain/drills/drill-record.ts'
import { waitForTurn } from '#services/load-test/domain/drills/queue.ts'
import { type ErrorCode, KopsError } from '#shared/errors/catalog.ts'
import { drill } from '../../../../cli/drills/drill.ts'
import { manualClock } from '../../../../manual-clock.ts'

interface World {
  /** What refuses it, one look after the other; then nothing does. */
  refusals?: ErrorCode[]
  /** Looks at which another drill has the place. */
  taken?: number
  /** What each look waits for. */
  onLook?: () => Promise<void>
  queueMs?: number
}

function wait({ refusals = [], taken = 0, onLook, queueMs = 60_000 }: World) {
  const clock = manualClock()
  const abort = new AbortController()
  const reasons: string[] = []
  let [looks, closed, hasPlace] = [0, 0, false]
  const close = async () => {
    closed += 1
  }
  const ready = { agent: { close }, plan: 'p' }
  const guards = [{ name: 'no-load-test', passed: false, reading: 'r1', limit: 'none' }]
  const waiting = waitForTurn(
    {
      signal: abort.signal,
      takePlace() {
        if (looks < taken) {
          looks += 1
          throw new KopsError('job_conflict', 'another drill has the place')
        }
        hasPlace = true
        return () => {
          hasPlace = false
        }
      }
    },
    {
      ...{ queueMs, clock, onWaiting: (reason) => reasons.push(reason) },
      async tryNow() {
        const code = refusals[looks]
        looks += 1
        await onLook?.()
        if (code) throw new KopsError(code, `refused: ${code}`, { guards })
        return ready
      }
    }
  )
  return { waiting, abort, reasons, ready, state: () => ({ looks, closed, hasPlace }), elapsedMs: clock.monotonicMs }
}

t.test('a drill waits while another one has the place, and for guards that pass by themselves', async (t) => {
  const { waiting, ready, reasons, state, elapsedMs } = wait({
    taken: 2,
    refusals: ['job_conflict', 'job_conflict', 'cluster_unhealthy', 'cluster_unhealthy', 'agent_unreachable']
  })
  t.equal(await waiting, ready)
  t.same(state(), { looks: 6, closed: 0, hasPlace: true })
  t.same(reasons, ['another drill has the place', 'refused: cluster_unhealthy', 'refused: agent_unreachable'])
  t.equal(elapsedMs(), 5000)
})

t.test('what does not pass ends it, with the guards', async (t) => {
  const { waiting, state } = wait({ refusals: ['cluster_unhealthy', 'replicas_insufficient'] })
  t.match(await waiting, {
    ...{ status: 'failed', failure: 'refused: replicas_insufficient', guards: [{ name: 'no-load-test' }] },
    verdict: { result: 'aborted', counts: null }
  })
  t.equal(state().hasPlace, false)
})

t.test('it waits no longer than it may', async (t) => {
  const refusals = Array.from({ length: 99 }, (): ErrorCode => 'cluster_unhealthy')
  const { waiting, state } = wait({ refusals, queueMs: 3000 })
  t.match(await waiting, { status: 'failed', failure: 'refused: cluster_unhealthy' })
  t.match(state(), { looks: 4, hasPlace: false })
})

t.test('aborted, it ends at once, also in the middle of a look, and keeps neither place nor agent', async (t) => {
  const look = Promise.withResolvers<void>()
  const { waiting, abort, state } = wait({ onLook: () => look.promise })
  abort.abort(new Error('Cancelled on request'))
  t.match(await waiting, { status: 'aborted', failure: 'Cancelled on request', verdict: { result: 'aborted' } })
  look.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  t.same(state(), { looks: 1, closed: 1, hasPlace: false })
})

t.test('a drill whose service ended while it was queued has done nothing', async (t) => {
  const of = (status: 'queued' | 'running') => interruptedDrill(drill({ status, verdict: null })).failure
  t.match(of('queued'), /nothing was done/)
  t.match(of('running'), /the agent heals/)
})
