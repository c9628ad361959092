import { glob, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { editorSchemas } from '#shared/yaml/editor-schemas.ts'

const projectRoot = join(import.meta.dirname, '../../../..')

for (const [path, document] of Object.entries(editorSchemas)) {
  t.test(`${path} is the contract, and every YAML file beside it names and fits it`, async (t) => {
    const written: unknown = JSON.parse(await readFile(join(projectRoot, path), 'utf8'))
    t.same(written, JSON.parse(document))
    const validate = new Ajv({ strict: false }).compile(Object(written))
    const files = await Array.fromAsync(glob('*.yaml', { cwd: join(projectRoot, dirname(path)) }))
    t.ok(files.length > 0)
    for (const file of files) {
      const text = await readFile(join(projectRoot, dirname(path), file), 'utf8')
      t.equal(text.split('\n', 1)[0], `# yaml-language-server: $schema=./${basename(path)}`, file)
      t.ok(validate(parse(text)), `${file}: ${JSON.stringify(validate.errors)}`)
    }
  })
}

t.test('the schema of workloads knows lines in a file, and refuses what the contract refuses', async (t) => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(editorSchemas['workloads/workload.schema.json'] ?? ''))
  const workload = { name: 'x', topic: { kind: 'existing', name: 'log-events' } }
  const cases: { payload: Record<string, unknown>; valid: boolean }[] = [
    { payload: { kind: 'lines', file: 'x.txt' }, valid: true },
    { payload: { kind: 'lines', lines: ['x'] }, valid: true },
    { payload: { kind: 'lines' }, valid: false },
    { payload: { kind: 'lines', lines: ['x'], file: 'x.txt' }, valid: false },
    { payload: { kind: 'log-events', file: 'x.txt' }, valid: false }
  ]
  for (const { payload, valid } of cases) t.equal(validate({ ...workload, payload }), valid, JSON.stringify(payload))
})
