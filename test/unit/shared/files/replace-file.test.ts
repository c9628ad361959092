import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { replaceFile } from '#shared/files/replace-file.ts'
import { diskErrors, failingDisk } from '../../failing-disk.ts'

t.test('a file is replaced, and its folder is created', async (t) => {
  const path = join(t.testdir(), 'deep', 'file')
  await replaceFile(path, 'a', { mode: 0o600, flush: true })
  await replaceFile(path, 'b')
  t.equal(await readFile(path, 'utf8'), 'b')
})

t.test('whichever write fails, the old text stays, and nothing takes room', async (t) => {
  const folder = t.testdir({ file: 'old' })
  const disk = failingDisk(t, folder)
  for (const error of diskErrors) {
    for (const nth of [0, 1, 2]) {
      disk.fail(error, nth, true)
      await t.rejects(replaceFile(join(folder, 'file'), 'the new text'), {
        code: 'storage_unavailable',
        message: new RegExp(error),
        cause: { code: error }
      })
      t.equal(await readFile(join(folder, 'file'), 'utf8'), 'old', `${error} at ${nth}`)
      t.same(await readdir(folder), ['file'])
    }
  }
})
