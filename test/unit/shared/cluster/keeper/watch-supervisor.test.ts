import t from 'tap'
import { watchSupervisor } from '#shared/cluster/keeper/watch-supervisor.ts'
import { poll } from '#shared/poll.ts'

t.test('a supervisor that has died is started again, one that was stopped is not', async (t) => {
  let dead = false
  let looks = 0
  let starts = 0
  const log: string[] = []
  const ending = new AbortController()
  const ended = watchSupervisor(
    {
      hasDied: async () => {
        looks += 1
        return dead
      }
    },
    async () => {
      starts += 1
      if (starts === 1) throw new Error('no room')
      dead = false
    },
    { signal: ending.signal, log: (line) => void log.push(line) }
  )
  await poll(
    async () => looks,
    (count) => count > 0,
    { timeoutMs: 10_000, pauseMs: 20 }
  )
  t.equal(starts, 0)
  dead = true
  const { done } = await poll(
    async () => starts,
    (count) => count === 2,
    { timeoutMs: 10_000, pauseMs: 20 }
  )
  t.ok(done, 'and again after a start that failed')
  t.match(log, [/restarting/, /no room/, /restarting/])
  ending.abort()
  await ended
})
