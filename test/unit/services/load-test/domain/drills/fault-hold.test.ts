import t from 'tap'
import { holdFault } from '#services/load-test/domain/drills/fault-hold.ts'
import type { Fault, InjectFault } from '#shared/contracts/cluster.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'

const request = { kind: 'stop', node: 'kafka-1', leaseMs: 9000 } as const
const fault: Fault = {
  ...{ id: 'f', kind: 'stop', node: 'kafka-1', state: 'active', injectedAt: '', expiresAt: '' },
  ...{ healedAt: null, healedBy: null }
}
const unknown = () => new KopsError('fault_not_found', 'there is no such fault')

interface World {
  inject?: () => Promise<void>
  heal?: (nth: number) => Promise<void>
  /** The state of the fault when it is asked about. */
  state?: Fault['state']
}

function hold(world: World) {
  const calls: string[] = []
  const ids = new Set<string | undefined>()
  let heals = 0
  const agent = {
    async inject({ kind, id }: InjectFault) {
      calls.push(`inject ${kind}`)
      ids.add(id)
      await world.inject?.()
      return fault
    },
    async renew(id: string) {
      ids.add(id)
      return fault
    },
    async heal(id: string) {
      calls.push('heal')
      ids.add(id)
      await world.heal?.(++heals)
      return fault
    },
    async fault(id: string) {
      ids.add(id)
      return { ...fault, state: world.state ?? 'healed', failure: 'the port is taken' }
    }
  }
  const held = holdFault({ agent, clock: manualClock() }, request)
  held.placed.catch(() => undefined)
  return { held, calls, ids }
}

t.test('the caller names the fault, and so heals it before it is in place', async (t) => {
  const injection = Promise.withResolvers<void>()
  const { held, calls, ids } = hold({
    inject: () => injection.promise,
    heal: async () => injection.reject(unknown())
  })
  await held.heal(5000)
  await t.rejects(held.placed, { code: 'fault_not_found' })
  t.same(calls, ['inject stop', 'heal'])
  t.same(Array.from(ids), [held.id])
  t.notOk(held.lost.aborted)
})

t.test('a request to heal that overtakes that to inject is repeated', async (t) => {
  const injection = Promise.withResolvers<void>()
  const { held, calls } = hold({
    inject: () => injection.promise,
    async heal(nth) {
      if (nth > 1) return
      injection.resolve()
      throw unknown()
    }
  })
  await held.heal(5000)
  t.same(calls, ['inject stop', 'heal', 'heal'])
})

t.test('of a fault that was refused there is nothing to heal', async (t) => {
  const { held, calls } = hold({
    inject: async () => {
      throw new KopsError('fault_conflict', 'kafka-1 is held')
    },
    heal: async () => {
      throw unknown()
    }
  })
  await t.rejects(held.placed, { code: 'fault_conflict' })
  await held.heal(5000)
  t.same(calls, ['inject stop', 'heal'])
})

t.test('a fault that the agent has forgotten cannot be healed', async (t) => {
  const { held } = hold({
    heal: async () => {
      throw unknown()
    }
  })
  await held.placed
  await t.rejects(held.heal(5000), { code: 'fault_not_found' })
})

t.test('healing that fails is waited for, and fails with why it did', async (t) => {
  const heal = async () => {
    throw new KopsError('runtime_failed', 'not now')
  }
  const late = hold({ heal, state: 'healed' })
  await late.held.placed
  await late.held.heal(5000)
  const stuck = hold({ heal, state: 'heal-failed' })
  await stuck.held.placed
  await t.rejects(stuck.held.heal(5000), { code: 'runtime_failed', message: 'the port is taken' })
})
