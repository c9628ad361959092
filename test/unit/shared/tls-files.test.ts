import { writeFile } from 'node:fs/promises'
import t from 'tap'
import { readTlsFiles, tlsFilesOf } from '#shared/tls-files.ts'
import { certificateFiles } from './certificates.ts'

t.test('files are read again each time, and what they were before serves while they are being replaced', async (t) => {
  const { ca, cert, key, replace } = await certificateFiles(t)
  const files = { ca, cert, key }
  const first = readTlsFiles(files)
  t.equal(readTlsFiles(files), first, 'nothing was changed')
  await writeFile(cert, 'half of a certif')
  t.equal(readTlsFiles(files), first)
  const { own } = await replace()
  const second = readTlsFiles(files)
  t.equal(second.texts.cert, own.certificate)
  await writeFile(key, first.texts.key ?? '')
  t.equal(readTlsFiles(files), second, 'a key of another certificate')
})

t.test('what cannot be used at the start is named by its setting', async (t) => {
  const { ca, cert, key } = await certificateFiles(t)
  const text = `${ca}.txt`
  await writeFile(text, 'not PEM')
  const cases: [setting: string, files: Parameters<typeof tlsFilesOf>[1]][] = [
    ['X_CA', { ca: '/nowhere' }],
    ['X_CA', { ca: text }],
    ['X_CERT', { ca, cert: text, key }],
    ['X_KEY', { ca, cert, key: text }],
    ['X_KEY', { ca, cert }],
    ['X_CERT', { ca, key }]
  ]
  for (const [setting, files] of cases) t.throws(() => tlsFilesOf('X_', files), new RegExp(setting), setting)
})
