import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'

const projectRoot = join(import.meta.dirname, '../../../../..')
const linesOf = async (file: string) => (await readFile(join(projectRoot, file), 'utf8')).split('\n')

t.test('whatever an image is built from reaches the engine', async (t) => {
  const sent = (await linesOf('.dockerignore')).filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  t.ok(sent.length > 5)
  for (const file of ['Dockerfile', 'kafka/Dockerfile']) {
    const copies = (await linesOf(file)).filter((line) => /^COPY (?!--from)/.test(line))
    t.ok(copies.length > 2)
    for (const source of copies.flatMap((line) => line.split(/\s+/).slice(1, -1)))
      t.ok(
        sent.some((path) => source === path || source.startsWith(`${path}/`)),
        `${file}: ${source}`
      )
  }
})
