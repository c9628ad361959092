import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compare } from 'bcryptjs'
import t from 'tap'
import { parse } from 'yaml'
import { ensureMonitoringAccess, monitoringFiles } from '#shared/cluster/observability/index.ts'
import { findToken, parseTokenLines } from '#shared/http/auth/tokens.ts'

const own = { user: undefined, inContainers: false }
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
const read = (path: string) => readFile(path, 'utf8')

t.test('set-up makes a secret for each purpose, and keeps it', async (t) => {
  const stateDir = t.testdir()
  const { folder, metricsToken, webhookToken, tokens } = monitoringFiles(stateDir)
  await ensureMonitoringAccess(stateDir, own)
  const all = async () => Promise.all((await readdir(folder)).sort().map((name) => read(join(folder, name))))
  const before = await all()
  await ensureMonitoringAccess(stateDir, own)
  t.same(await all(), before)
  t.not(await read(metricsToken), await read(webhookToken))

  await rm(metricsToken)
  await ensureMonitoringAccess(stateDir, own)
  const entries = parseTokenLines(await read(tokens), 'file')
  t.match(findToken(entries, (await read(metricsToken)).trim()), { name: 'kops-prometheus', role: 'metrics' })
  t.match(findToken(entries, (await read(webhookToken)).trim()), { name: 'kops-alertmanager', role: 'webhook' })
  t.notOk(before.includes(await read(metricsToken)), 'a removed secret is replaced by another one')
})

t.test('the password is returned when it is made, and the file of logins follows it', async (t) => {
  const stateDir = t.testdir()
  const { password, webConfig, curl } = monitoringFiles(stateDir)
  const letsIn = async (text: string) => compare(text, parse(await read(webConfig)).basic_auth_users.kops)
  const made = await ensureMonitoringAccess(stateDir, own)
  t.match(made, /^[\w-]{22}$/)
  t.equal(await read(password), `${made}\n`)
  t.ok(await letsIn(made ?? ''))
  t.equal(await ensureMonitoringAccess(stateDir, own), undefined)

  await writeFile(password, 'of my own\n')
  t.equal(await ensureMonitoringAccess(stateDir, own), undefined, 'it is known to whoever wrote it')
  t.ok(await letsIn('of my own'))
  t.equal(await read(curl), 'user = "kops:of my own"\n')

  await rm(webConfig)
  await ensureMonitoringAccess(stateDir, own)
  t.ok(await letsIn('of my own'))
  await rm(password)
  t.match(await ensureMonitoringAccess(stateDir, own), /^[\w-]{22}$/)
  t.notOk(await letsIn('of my own'))
})

t.test('whoever a container runs as reads the files; on this machine only one user reaches them', async (t) => {
  const umask = process.umask(0o077)
  t.teardown(() => process.umask(umask))
  // Only root can give files away.
  const user = process.getuid?.() === 0 ? { uid: 54_321, gid: 54_322 } : undefined
  const cases: [inContainers: boolean, outer: string, files: string][] = [
    [true, '700', '644'],
    [false, '755', '600']
  ]
  for (const [inContainers, outerMode, fileMode] of cases) {
    const stateDir = join(t.testdir(), String(inContainers))
    await ensureMonitoringAccess(stateDir, { user, inContainers })
    const { outer, folder, curl } = monitoringFiles(stateDir)
    t.equal(await modeOf(outer), outerMode)
    t.equal(await modeOf(folder), '755')
    const names = await readdir(folder)
    for (const name of names) t.equal(await modeOf(join(folder, name)), fileMode, name)
    t.equal(await modeOf(curl), '600')
    if (user === undefined) continue
    const ownerOf = async (path: string) => (await stat(path)).uid
    t.equal(await ownerOf(inContainers ? outer : join(folder, names[0] ?? '')), user.uid)
    t.equal(await ownerOf(curl), user.uid)
    t.not(await ownerOf(folder), user.uid, 'nobody puts something else in its place')
  }
})

t.test(
  'in containers, admin-service alone has a token for the other two services; elsewhere there is none',
  async (t) => {
    const stateDir = t.testdir()
    const { folder, consoleFolder, consoleToken, tokens } = monitoringFiles(stateDir)
    await ensureMonitoringAccess(stateDir, own)
    t.notMatch(await read(tokens), 'kops-console')
    await ensureMonitoringAccess(stateDir, { ...own, inContainers: true })
    const token = await read(consoleToken)
    t.match(findToken(parseTokenLines(await read(tokens), 'file'), token.trim()), {
      name: 'kops-console',
      role: 'admin'
    })
    for (const name of await readdir(folder)) t.notMatch(await read(join(folder, name)), token.trim(), name)
    await ensureMonitoringAccess(stateDir, { ...own, inContainers: true })
    t.equal(await read(consoleToken), token, 'it is kept')
    const byHand = new URL('../../../../../prometheus/console-access/', import.meta.url)
    t.same((await readdir(byHand)).sort(), ['README.md', ...(await readdir(consoleFolder))].sort())
  }
)

t.test('by hand, Compose mounts a folder that has every file that set-up makes, without secrets', async (t) => {
  const stateDir = t.testdir()
  await ensureMonitoringAccess(stateDir, own)
  const made = await readdir(monitoringFiles(stateDir).folder)
  const byHand = new URL('../../../../../prometheus/access/', import.meta.url)
  t.same((await readdir(byHand)).sort(), ['README.md', ...made].sort())
  t.same(parseTokenLines(await readFile(new URL('tokens', byHand), 'utf8'), 'file'), [])
})
