/** A process that starts members, for a test that kills it: prints their process ids, and then waits. */
import { createMemberProcesses } from '#services/load-test/adapters/drill-consumers/member-processes.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { subscription } from './subscription.ts'

const engine = createMemberProcesses({ config: loadConfig({ KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1' }), environment: {} })
const members = ['connecting', 'paused', 'leaving'].map((name) => engine.start(subscription, name, () => undefined))
await members[1]?.pause()
void members[2]?.leave(60_000)
process.stdout.write(`${JSON.stringify(members.map(({ pid }) => pid))}\n`)
setInterval(() => undefined, 60_000)
