import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createAgentClient } from '#shared/cluster/agent/client.ts'

/** Somebody who listens where the agent would, and the calls that came. */
async function impostor(t: Test) {
  // A socket's path is limited to 107 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'kops-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const socketPath = join(folder, 'agent.sock')
  let calls = 0
  const server = createServer((_, response) => {
    calls += 1
    response.end('{}')
  })
  t.teardown(() => server.close())
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const client = createAgentClient(socketPath)
  t.teardown(() => client.close())
  return { folder, client, calls: () => calls }
}

t.test('a folder that others may write to is not trusted: anyone could listen there', async (t) => {
  const { folder, client, calls } = await impostor(t)
  await chmod(folder, 0o777)
  await t.rejects(client.status(), { code: 'agent_unreachable', message: /not trusted/ })
  t.equal(calls(), 0)
  await chmod(folder, 0o755)
  await t.resolves(client.status())
})

const skip = process.getuid?.() === 0 ? false : 'only root can give a folder away'
t.test('nor is the folder of another user', { skip }, async (t) => {
  const { folder, client, calls } = await impostor(t)
  await chown(folder, 65_534, 65_534)
  await t.rejects(client.status(), { code: 'agent_unreachable', message: /belongs to neither root nor this user/ })
  t.equal(calls(), 0)
})
