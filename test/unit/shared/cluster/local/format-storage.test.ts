import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { defaultHeap, defaultPorts, withMode } from '#shared/cluster/definition.ts'
import { formatStorage } from '#shared/cluster/local/format-storage.ts'
import { planNodes } from '#shared/cluster/local/node-plan.ts'

const kafkaDir = join(import.meta.dirname, '../../../../../kafka')
const definition = withMode(
  { id: 'abc123', name: 'test', runtime: 'local', ports: defaultPorts, heap: defaultHeap },
  'kraft'
)
const nodes = planNodes(definition, { mode: 'loopback', prefix: '127.70.3' })

/** A node's directory, and a program in place of Java that formats the given directory like Kafka's tool, or fails. */
async function prepare(t: Test, script: string) {
  const stateDir = await mkdtemp(join(tmpdir(), 'kops-format-'))
  t.teardown(() => rm(stateDir, { recursive: true }))
  const folder = join(stateDir, 'nodes', 'kafka-1')
  await mkdir(folder, { recursive: true })
  const [node] = nodes
  if (!node) throw new Error('no node')
  const java = join(stateDir, 'java')
  await writeFile(java, `#!/bin/sh\nfor config; do :; done\ntarget=$(sed -n 's/^log.dirs=//p' "$config")\n${script}\n`)
  await chmod(java, 0o755)
  const distribution = { java, libs: '/libs', jmxAgent: '/agent.jar' }
  const format = () =>
    formatStorage(node, nodes, {
      stateDir,
      kafkaDir,
      clusterId: 'GipBueSJD0FaVrDu3Y1Y2Q',
      security: ['ssl.keystore.type=PEM'],
      distribution
    })
  return { folder, format }
}

const works = 'mkdir -p "$target" && echo "$@" > "$target/meta.properties"'

t.test('a folder is formatted once, with the id of the cluster, and then left alone', async (t) => {
  const { folder, format } = await prepare(t, works)
  await format()
  t.same(await readdir(folder), ['data'])
  const meta = join(folder, 'data/meta.properties')
  t.match(await readFile(meta, 'utf8'), /StorageTool format --cluster-id GipBueSJD0FaVrDu3Y1Y2Q --config /)
  await writeFile(meta, 'as it is')
  await format()
  t.equal(await readFile(meta, 'utf8'), 'as it is')
})

t.test('the leftovers of a killed attempt are removed, and do not count as a formatted directory', async (t) => {
  const { folder, format } = await prepare(t, works)
  await mkdir(join(folder, 'data.new-abc', 'data'), { recursive: true })
  await format()
  t.same(await readdir(folder), ['data'])
})

t.test("a tool that fails leaves no folder, and its words are the error's", async (t) => {
  const { folder, format } = await prepare(t, 'mkdir -p "$target"; echo "no room" >&2; exit 1')
  await t.rejects(format(), { code: 'runtime_failed', message: /kafka-1 cannot be formatted: .*no room/ })
  await t.rejects(access(join(folder, 'data')))
})
