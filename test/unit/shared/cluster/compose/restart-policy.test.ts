import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'

t.test('the engine starts every container again that died', async (t) => {
  const file = join(import.meta.dirname, '../../../../../docker-compose.cluster.yml')
  const { services } = parse(await readFile(file, 'utf8'), { merge: true })
  t.ok(Object.keys(services).length >= 12)
  for (const [name, { restart }] of Object.entries<{ restart?: string }>(services))
    t.equal(restart, 'unless-stopped', name)
})
