import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Type } from 'typebox'
import { createTextFile } from '#services/load-test/adapters/text-file.ts'
import { createJsonFiles } from '#shared/files/json-files.ts'
import type { Job } from '#shared/jobs/jobs.ts'

const schema = Type.Object({
  id: Type.String(),
  status: Type.String(),
  createdAt: Type.String(),
  finishedAt: Type.Union([Type.String(), Type.Null()])
})
const job = (id: string, status: string): Job => ({ id, status, createdAt: 'now', finishedAt: null })

t.test('jobs are read back; the last of many quick writes wins, and no half-written file is left', async (t) => {
  const folder = t.testdir()
  const files = createJsonFiles<Job>({ folder, schema, onUnreadable: (path) => t.fail(path) })
  await files.load()
  await Promise.all(Array.from({ length: 20 }, (_, index) => files.save(job('a', `state ${index}`))))
  await files.save(job('b', 'gone'))
  await files.remove('b')
  t.same(await files.load(), [job('a', 'state 19')])
  t.same(await readdir(folder), ['a.json'])
})

t.test('an unreadable file is named and left alone', async (t) => {
  const folder = t.testdir()
  await writeFile(join(folder, 'broken.json'), '{"id": ')
  await writeFile(join(folder, 'other.json'), '{"id": 1}')
  await writeFile(join(folder, 'note.txt'), 'hello')
  const unreadable: string[] = []
  const files = createJsonFiles<Job>({ folder, schema, onUnreadable: (path) => unreadable.push(path) })
  t.same(await files.load(), [])
  t.same(unreadable.sort(), [join(folder, 'broken.json'), join(folder, 'other.json')])
  t.equal((await readdir(folder)).length, 3)
})

t.test('a text is read as it was written; one that was never written is undefined', async (t) => {
  const file = createTextFile(join(t.testdir(), 'deep', 'since'))
  t.equal(await file.read(), undefined)
  await file.write('2026-01-31')
  t.equal(await file.read(), '2026-01-31')
})
