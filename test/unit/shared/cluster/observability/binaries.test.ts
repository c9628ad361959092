import { chmod, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findObservability, isFound } from '#shared/cluster/observability/index.ts'

/** Only programs in this directory can be found. */
function usePath(t: { teardown(handler: () => void): void }, folder: string): void {
  const before = process.env['PATH']
  process.env['PATH'] = folder
  t.teardown(() => {
    process.env['PATH'] = before
  })
}

async function programs(folder: string, names: string[]): Promise<void> {
  await symlink('/bin/sh', join(folder, 'sh'))
  for (const name of names) {
    await writeFile(join(folder, name), '#!/bin/sh\n')
    await chmod(join(folder, name), 0o755)
  }
}

for (const alertmanager of ['prometheus-alertmanager', 'alertmanager']) {
  t.test(`installed programs are used as they are, with ${alertmanager}`, async (t) => {
    const bin = t.testdir()
    await programs(bin, ['prometheus', 'promtool', 'amtool', alertmanager])
    usePath(t, bin)
    t.same(await findObservability({ cacheDir: join(bin, 'cache') }), {
      prometheus: join(bin, 'prometheus'),
      promtool: join(bin, 'promtool'),
      alertmanager: join(bin, alertmanager),
      amtool: join(bin, 'amtool')
    })
  })
}

t.test('programs that are unpacked already are taken from the cache', async (t) => {
  const bin = t.testdir({
    sh: t.fixture('symlink', '/bin/sh'),
    cache: { 'debian-observability': { usr: { bin: {} } } }
  })
  const root = join(bin, 'cache/debian-observability')
  await writeFile(join(root, 'usr/bin/amtool'), '')
  await chmod(join(root, 'usr/bin/amtool'), 0o755)
  usePath(t, bin)
  const found = await findObservability({ cacheDir: join(bin, 'cache') })
  t.match(found, { amtool: join(root, 'usr/bin/amtool'), workingDir: root })
})

t.test('where nothing can be fetched it reports that, and what is missing', async (t) => {
  const bin = t.testdir()
  await programs(bin, ['prometheus', 'promtool'])
  usePath(t, bin)
  const found = await findObservability({ cacheDir: join(bin, 'cache') })
  t.notOk(isFound(found))
  t.match(found, { missing: /no apt-get/ })
})

t.test('a failing download is reported with its cause, and leaves nothing behind', async (t) => {
  const bin = t.testdir({ cache: {} })
  await programs(bin, ['dpkg'])
  await writeFile(join(bin, 'apt-get'), '#!/bin/sh\necho "E: no route to host" >&2\nexit 100\n')
  await chmod(join(bin, 'apt-get'), 0o755)
  usePath(t, bin)
  t.match(await findObservability({ cacheDir: join(bin, 'cache') }), { missing: /no route to host/ })
  t.same(await readdir(join(bin, 'cache')), [])
})
