import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createAgentApp } from '#shared/cluster/agent/app.ts'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { registerRoutes } from '#shared/cluster/agent/routes.ts'
import { listenOnSockets } from '#shared/cluster/agent/socket.ts'
import { drillVerbs } from '#shared/cluster/agent-port.ts'
import { plainAgent } from './plain-agent.ts'

/**
 * An agent that notes what it is asked, on two sockets as the real one: `full`, and `drills` for a group.
 * @param gid of the socket for drills; that of this process unless given
 */
export async function serveAgent(t: Test, { gid }: { gid?: number } = {}) {
  // A unix socket's path is short, so not in the test's own folder.
  const folder = await mkdtemp(join(tmpdir(), 'kops-agent-'))
  await chmod(folder, 0o755)
  const { agent, asked, status } = plainAgent()
  const [full, drills] = [await createAgentApp('silent'), await createAgentApp('silent')]
  registerRoutes(full, agent)
  registerRoutes(drills, agent, drillVerbs)
  const paths = { full: join(folder, 'sockets', 'agent.sock'), drills: join(folder, 'sockets', 'drills.sock') }
  await listenOnSockets([
    { app: full, path: paths.full, mode: 0o600 },
    { app: drills, path: paths.drills, mode: 0o660, gid }
  ])
  const clients = { full: createAgentClient(paths.full), drills: createAgentClient(paths.drills) }
  const close = () => Promise.all([full.close(), drills.close()])
  t.teardown(async () => {
    await Promise.all([clients.full.close(), clients.drills.close()])
    await close()
    await rm(folder, { recursive: true })
  })
  return { clients, paths, asked, status, close }
}
