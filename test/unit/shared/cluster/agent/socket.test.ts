import { execFile } from 'node:child_process'
import { access, chmod, constants, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createAgentApp } from '#shared/cluster/agent/app.ts'
import { listenOnSockets } from '#shared/cluster/agent/socket.ts'
import { serveAgent } from './served-agent.ts'

const run = promisify(execFile)
const root = process.getuid?.() === 0
const skip = root ? false : 'only root can be somebody else'
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

/** An app that is to listen in a folder of its own, whose path is short. */
async function placeFor(t: Test) {
  const app = await createAgentApp('silent')
  const parent = await mkdtemp(join(tmpdir(), 'kops-socket-'))
  const folder = join(parent, 'socket')
  t.teardown(async () => {
    await app.close()
    await rm(parent, { recursive: true })
  })
  return { folder, listen: () => listenOnSockets([{ app, path: join(folder, 'agent.sock'), mode: 0o600 }]) }
}

t.test(
  'the folder of the sockets may be written by the agent alone, and the socket of a killed one goes',
  async (t) => {
    const { folder, listen } = await placeFor(t)
    await mkdir(folder)
    await writeFile(join(folder, 'agent.sock'), 'of a killed agent')
    await listen()
    t.equal(await modeOf(folder), 0o755)
    t.ok((await stat(join(folder, 'agent.sock'))).isSocket())
  }
)

t.test('a folder that others may write to is refused, or replaced by root', async (t) => {
  const { folder, listen } = await placeFor(t)
  await mkdir(folder)
  await writeFile(join(folder, 'planted'), '')
  await chmod(folder, 0o777)
  if (root) {
    await listen()
    t.equal(await modeOf(folder), 0o755)
    await t.rejects(stat(join(folder, 'planted')), { code: 'ENOENT' })
  } else {
    await t.rejects(listen(), { code: 'runtime_failed' })
  }
})

t.test('nobody else gets to a socket before it has its mode, whatever the umask is', async (t) => {
  const { folder, listen } = await placeFor(t)
  const modes: number[] = []
  const app = await createAgentApp('silent')
  t.teardown(() => app.close())
  app.addHook('onListen', async () => void modes.push(await modeOf(folder)))
  await listen()
  await listenOnSockets([{ app, path: join(folder, 'other.sock'), mode: 0o660 }])
  t.same(modes, [0o700])
  t.equal(await modeOf(folder), 0o755)
})

t.test('the one socket is its owner’s, the other one that of a group too', async (t) => {
  const gid = root ? 2_000_000_001 : process.getgid?.()
  const { paths } = await serveAgent(t, gid === undefined ? {} : { gid })
  const uid = process.getuid?.()
  t.match(await stat(paths.full), { uid, mode: 0o140600 })
  t.match(await stat(paths.drills), { uid, gid, mode: 0o140660 })
})

t.test('of others, only the group opens the socket for drills, and nobody the full one', { skip }, async (t) => {
  const group = 2_000_000_001
  const { paths } = await serveAgent(t, { gid: group })
  const opens = async (path: string, gid: number) =>
    run('test', ['-w', path], { uid: 65_534, gid }).then(
      () => true,
      () => false
    )
  t.same([await opens(paths.drills, group), await opens(paths.drills, 65_534)], [true, false])
  t.same([await opens(paths.full, group), await opens(paths.full, 65_534)], [false, false])
  await t.resolves(access(paths.full, constants.W_OK), 'root does')
})

t.test('a socket may be given to another owner', { skip }, async (t) => {
  const { folder } = await placeFor(t)
  const app = await createAgentApp('silent')
  t.teardown(() => app.close())
  const path = join(folder, 'agent.sock')
  await listenOnSockets([{ app, path, mode: 0o600, uid: 1234 }])
  t.match(await stat(path), { uid: 1234, gid: 0, mode: 0o140600 })
})

const clientModule = new URL('../../../../../shared/cluster/agent/client.ts', import.meta.url)

/** Asks for the status as another user; resolves to the error. */
async function refusalFor(socket: string): Promise<string> {
  const script = `import { createAgentClient } from '${clientModule.href}'
    const client = createAgentClient('${socket}')
    await client.status().catch(({ code, message }) => console.log(code, message))
    await client.close()`
  return (await run(process.execPath, ['--input-type=module', '-e', script], { uid: 65_534, gid: 65_534 })).stdout
}

t.test('whoever may not open a socket learns who may', { skip }, async (t) => {
  const canRead = await run('test', ['-r', clientModule.pathname], { uid: 65_534 }).then(Boolean, () => false)
  if (!canRead) {
    t.pass('skipped: the other user cannot read the checkout')
    return
  }
  const { paths } = await serveAgent(t, { gid: 2_000_000_001 })
  t.match(
    await refusalFor(paths.full),
    /^agent_unreachable .*agent\.sock is open to root only, not to user 65534: run this .* with sudo/
  )
  t.match(await refusalFor(paths.drills), /drills\.sock is open to root and group 2000000001 only/)
  await chmod(paths.full, 0o666)
  t.equal(await refusalFor(paths.full), '', 'the same user is answered where it may')
})
