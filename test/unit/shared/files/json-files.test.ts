import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type Static, Type } from 'typebox'
import { createJsonFiles } from '#shared/files/json-files.ts'

const DocumentSchema = Type.Object({ id: Type.String(), version: Type.Integer(), filler: Type.String() })
type Document = Static<typeof DocumentSchema>
const document = (version: number): Document => ({ id: 'a', version, filler: 'x'.repeat(100_000) })

function open(folder: string) {
  const unreadable: string[] = []
  const files = createJsonFiles<Document>({
    folder,
    schema: DocumentSchema,
    onUnreadable: (path) => void unreadable.push(path)
  })
  return { files, unreadable }
}

t.test('saves of one document follow one another, and the last one counts', async (t) => {
  const folder = t.testdir()
  const { files } = open(folder)
  t.same(await files.load(), [])
  await Promise.all([1, 2, 3].map((version) => files.save(document(version))))
  t.match(await open(folder).files.load(), [{ version: 3 }])
  await files.remove('a')
  await files.remove('a')
  t.same(await readdir(folder), [])
})

t.test('an invalid document is reported, and left alone', async (t) => {
  const folder = t.testdir({ 'b.json': '{"id":"b"}', 'c.json': '{', 'd.json.new': '{' })
  const { files, unreadable } = open(folder)
  await files.save(document(1))
  t.equal((await files.load()).length, 1)
  t.same(unreadable.sort(), [join(folder, 'b.json'), join(folder, 'c.json')])
  t.equal((await readdir(folder)).length, 4)
})

t.test(
  'a process that is killed while it saves leaves a whole document, none older than it has acknowledged',
  async (t) => {
    const folder = t.testdir({ store: {} })
    const script = join(folder, 'save.ts')
    await writeFile(
      script,
      `import { createJsonFiles } from ${JSON.stringify(join(import.meta.dirname, '../../../../shared/files/json-files.ts'))}
const files = createJsonFiles({ folder: ${JSON.stringify(join(folder, 'store'))}, schema: {}, onUnreadable() {} })
for (let version = 1; ; version += 1) {
  await files.save({ id: 'a', version, filler: 'x'.repeat(100_000) })
  process.stdout.write(version + '\\n')
}`
    )
    for (const acknowledgements of [1, 5, 20]) {
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = once(child, 'exit')
      let printed = ''
      for await (const chunk of child.stdout.setEncoding('utf8')) {
        printed += String(chunk)
        if (printed.split('\n').length > acknowledgements) child.kill('SIGKILL')
      }
      await ended
      const last = Number(printed.trim().split('\n').at(-1))
      const { files, unreadable } = open(join(folder, 'store'))
      const [found] = await files.load()
      t.same(unreadable, [])
      t.ok(found !== undefined && found.version >= last && found.version <= last + 1, `${found?.version} after ${last}`)
      t.equal(found?.filler.length, 100_000)
    }
  }
)
