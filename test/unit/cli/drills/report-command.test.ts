import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { drill } from './drill.ts'
import { serviceWith } from './service.ts'

t.test('a drill is reported in several formats at once, or as Markdown', async (t) => {
  const record = drill()
  const { kops, folder } = await serviceWith(t, [record])
  const file = (name: string) => join(folder, name)
  const formats = ['--html', file('d.html'), '--junit', file('d.xml'), '--json', file('d.json')]
  const { printed } = await kops('report', record.id, ...formats)
  t.equal(printed.split('\n').length, 3)
  t.match(await readFile(file('d.html'), 'utf8'), /^<!doctype html>/)
  t.match(await readFile(file('d.xml'), 'utf8'), /^<\?xml version="1\.0"/)
  t.same(JSON.parse(await readFile(file('d.json'), 'utf8')), record)
  t.match((await kops('report', record.id)).printed, /^## Drill broker-stop of kafka-2: PASS/)
  await t.rejects(kops('report', record.id, '--html', file('missing/d.html')), { message: /cannot be written: ENOENT/ })
  await t.rejects(kops('report', '20260131T123456-9f3a1c'), { code: 'job_not_found' })
})
