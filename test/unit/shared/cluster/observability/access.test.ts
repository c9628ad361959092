import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ensureMonitoringAccess, monitoringFiles } from '#shared/cluster/observability/index.ts'
import { findToken, parseTokenLines } from '#shared/http/auth/tokens.ts'

const read = (path: string) => readFile(path, 'utf8')

t.test('set-up makes a secret for each purpose, and keeps it', async (t) => {
  const stateDir = t.testdir()
  const { folder, metricsToken, webhookToken, tokens } = monitoringFiles(stateDir)
  await ensureMonitoringAccess(stateDir)
  const all = async () => Promise.all((await readdir(folder)).sort().map((name) => read(join(folder, name))))
  const before = await all()
  await ensureMonitoringAccess(stateDir)
  t.same(await all(), before)
  t.not(await read(metricsToken), await read(webhookToken))

  await rm(metricsToken)
  await ensureMonitoringAccess(stateDir)
  const entries = parseTokenLines(await read(tokens), 'file')
  t.match(findToken(entries, (await read(metricsToken)).trim()), { name: 'kops-prometheus', role: 'metrics' })
  t.match(findToken(entries, (await read(webhookToken)).trim()), { name: 'kops-alertmanager', role: 'webhook' })
  t.notOk(before.includes(await read(metricsToken)), 'a removed secret is replaced by another one')
})

t.test('whoever a container runs as reads the files; on this machine only one user reaches them', async (t) => {
  const stateDir = t.testdir()
  const umask = process.umask(0o077)
  t.teardown(() => process.umask(umask))
  await ensureMonitoringAccess(stateDir)
  const { closed, folder } = monitoringFiles(stateDir)
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
  t.equal(await modeOf(closed), '700')
  t.equal(await modeOf(folder), '755')
  for (const name of await readdir(folder)) t.equal(await modeOf(join(folder, name)), '644', name)
})

t.test('by hand, Compose mounts a folder that has every file that set-up makes, without secrets', async (t) => {
  const stateDir = t.testdir()
  await ensureMonitoringAccess(stateDir)
  const made = await readdir(monitoringFiles(stateDir).folder)
  const byHand = new URL('../../../../../prometheus/access/', import.meta.url)
  t.same((await readdir(byHand)).sort(), ['README.md', ...made].sort())
  t.same(parseTokenLines(await readFile(new URL('tokens', byHand), 'utf8'), 'file'), [])
})
