// Holds a fault as load-test-service does: injects it on command, renews its lease, and heals it on command.
import { setTimeout as delay } from 'node:timers/promises'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import type { InjectFault } from '#shared/contracts/cluster.ts'

export type Order = { inject: InjectFault } | 'heal'
export type Report = 'ready' | 'active' | 'healed' | { failed: string }

const agent = createAgentClient(process.argv[2] ?? '')
const report = (what: Report) => process.send?.(what)
let held: { id: string; leaseMs: number } | undefined

async function obey(order: Order): Promise<void> {
  if (order !== 'heal') {
    const { id } = await agent.inject(order.inject)
    held = { id, leaseMs: order.inject.leaseMs }
    report('active')
  } else if (held) {
    const { id } = held
    held = undefined
    await agent.heal(id)
    report('healed')
  }
}

process.on('message', (order: Order) => {
  obey(order).catch((error: unknown) => report({ failed: String(error) }))
})
process.on('disconnect', () => process.exit())
report('ready')
for (;;) {
  await delay((held?.leaseMs ?? 3000) / 6)
  // An agent that does not answer is asked again: the lease ends if it stays away.
  if (held) await agent.renew(held.id, held.leaseMs).catch(() => {})
}
