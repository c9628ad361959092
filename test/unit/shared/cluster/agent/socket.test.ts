import { once } from 'node:events'
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { prepareSocketFolder, protectSocket } from '#shared/cluster/agent/socket.ts'

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

t.test('the folder of the socket may be written by the agent alone', async (t) => {
  const folder = join(t.testdir(), 'socket')
  await prepareSocketFolder(join(folder, 'agent.sock'))
  t.equal(await modeOf(folder), 0o755)
  await writeFile(join(folder, 'agent.sock'), 'of a killed agent')
  await prepareSocketFolder(join(folder, 'agent.sock'))
  await t.rejects(stat(join(folder, 'agent.sock')), { code: 'ENOENT' })
})

t.test('a folder that others may write to is refused, or replaced by root', async (t) => {
  const folder = join(t.testdir({ socket: { planted: '' } }), 'socket')
  await chmod(folder, 0o777)
  if (process.getuid?.() === 0) {
    await prepareSocketFolder(join(folder, 'agent.sock'))
    t.equal(await modeOf(folder), 0o755)
    await t.rejects(stat(join(folder, 'planted')), { code: 'ENOENT' })
  } else {
    await t.rejects(prepareSocketFolder(join(folder, 'agent.sock')), { code: 'runtime_failed' })
  }
})

t.test('only the owner of the socket and its group may use it', async (t) => {
  // The path of a socket may have 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'kops-socket-'))
  const path = join(folder, 'agent.sock')
  const server = createServer().listen(path)
  t.teardown(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  await once(server, 'listening')
  await protectSocket(path, process.getgid?.())
  t.equal(await modeOf(path), 0o660)
})
