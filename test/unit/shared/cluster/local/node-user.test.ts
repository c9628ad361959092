import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { findNodeUser, giveData, letRead, nodeUserOf } from '#shared/cluster/local/node-user.ts'

const skip = process.getuid?.() === 0 ? false : 'only root can start nodes as another user'

t.test('each cluster has a user of its own, always the same', async (t) => {
  const [one, other] = [nodeUserOf('a'), nodeUserOf('b')]
  t.same(one, nodeUserOf('a'))
  t.not(one.uid, other.uid)
  t.ok(one.uid >= 1_900_000_000 && one.uid < 2 ** 31)
})

t.test('a node is root, without capabilities, only where its user cannot read what it needs', { skip }, async (t) => {
  // Not in the checkout, which may be readable by nobody else.
  const folder = await mkdtemp(join(tmpdir(), 'kops-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'node'))
  t.same(await findNodeUser('a', [join(folder, 'node')]), nodeUserOf('a'))
  await chmod(folder, 0o700)
  t.same(await findNodeUser('a', [join(folder, 'node')]), { uid: 0, gid: 0 })
})

t.test('a node owns its data, and may read its configuration', { skip }, async (t) => {
  const folder = t.testdir({ data: { topic: { log: '' } }, config: {} })
  const config = join(folder, 'config', 'server.properties')
  await writeFile(config, '')
  const { uid, gid } = nodeUserOf('a')
  await giveData(join(folder, 'data'), { uid, gid })
  await letRead(join(folder, 'config'), [config], { uid, gid })
  t.match(await stat(join(folder, 'data')), { uid, gid, mode: 0o40700 })
  t.match(await stat(join(folder, 'data', 'topic', 'log')), { uid, gid })
  t.match(await stat(join(folder, 'config')), { uid: 0, gid, mode: 0o40710 })
  t.match(await stat(config), { uid: 0, gid, mode: 0o100640 })
})
