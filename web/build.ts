/**
 * Builds the console into a folder that admin-service serves: a document, and files whose names have a hash of their content, each also
 * compressed. setup.sh calls this.
 *
 *   node web/build.ts [folder]
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

const web = dirname(fileURLToPath(import.meta.url))
const projectRoot = dirname(web)
const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

/** What the console may use of shared/ besides types: names and pure functions that import nothing but types themselves. */
const sharedWithConsole =
  /^#shared\/(?:client\/(?:curl|endpoint)|console-pages|contracts\/acl-names|drill-(?:scorecard|timeline)|duration|gamedays\/step-words|reports\/[\w-]+|load-report\/[\w-]+)\.ts$/

/** Fails where a module of the services would become part of the console: a contract as a value brings typebox, 38 kB, with it. */
const typesOnly: Plugin = {
  name: 'types-only',
  setup({ onResolve }) {
    onResolve({ filter: /^(?:#|typebox|node:)/ }, ({ path, importer }) => {
      if (sharedWithConsole.test(path)) return undefined
      return {
        errors: [{ text: `${relative(projectRoot, importer)} imports ${path}: the console imports its types only` }]
      }
    })
  }
}

/** An icon as the little that is drawn: class, comment and name space say nothing in a document. */
const icons: Plugin = {
  name: 'icons',
  setup({ onLoad }) {
    onLoad({ filter: /lucide-static\/icons\/.*\.svg$/ }, async ({ path }) => {
      const text = (await readFile(path, 'utf8'))
        .replace(/<!--.*?-->/s, '')
        .replace(/\s(?:class|xmlns)="[^"]*"/g, '')
        .replace(/\s+/g, ' ')
        .replaceAll('> <', '><')
        .trim()
      return { contents: text, loader: 'text' }
    })
  }
}

/** Styles that a page loads when it is opened: to the module that imports them they are the address of their file. */
const pageStyles: Plugin = {
  name: 'page-styles',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path, with: { type } }) => {
      if (type !== 'address') return undefined
      const { outputFiles } = await build({ ...common, entryPoints: [path], outdir: '/', write: false as const })
      return { contents: outputFiles[0]?.contents ?? '', loader: 'file', watchFiles: [path] }
    })
  }
}

const common = {
  absWorkingDir: projectRoot,
  bundle: true,
  minify: true,
  platform: 'browser' as const,
  target: ['chrome123', 'firefox120', 'safari17.5'],
  legalComments: 'none' as const
} satisfies BuildOptions

interface Asset {
  name: string
  content: Uint8Array
}

export interface BuiltConsole {
  folder: string
  /** Files by what they are: `main.js`, `styles.css`. */
  files: Record<string, string>
  /** The scripts and styles of the first view, whichever page it is of; others are loaded when a page needs them. */
  first: { scripts: string[]; styles: string[] }
}

/** Builds the console, and puts it in place when it is whole. */
export async function buildConsole(folder: string): Promise<BuiltConsole> {
  const { outputFiles, metafile } = await build({
    ...common,
    entryPoints: { main: join(web, 'main.tsx'), theme: join(web, 'theme.ts'), styles: join(web, 'styles/index.css') },
    outdir: '/assets',
    publicPath: '/assets',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    write: false,
    metafile: true,
    format: 'esm',
    splitting: true,
    tsconfig: join(web, 'tsconfig.json'),
    plugins: [typesOnly, icons, pageStyles]
  })
  const assets = outputFiles.map(({ path, contents }) => ({ name: basename(path), content: contents }))
  assets.push(hashed('favicon.svg', await readFile(join(web, 'favicon.svg'))))
  const licenses = { name: 'licenses.txt', content: Buffer.from(await licensesOf(metafile)) }
  const files = Object.fromEntries(assets.map(({ name }) => [plainName(name), name]))
  const named = (name: string) => {
    const file = files[name]
    if (file === undefined) throw new Error(`${name} was not built`)
    return file
  }
  const scripts = withImports(named('main.js'), metafile)
  const template = await readFile(join(web, 'index.html'), 'utf8')
  const document = template
    .replace(/%([\w.]+)%/g, (_, name: string) => `/assets/${named(name)}`)
    // The browser would find these only when it has the first one.
    .replace(
      /(?=<script type="module")/,
      scripts
        .slice(1)
        .map((name) => `<link rel="modulepreload" href="/assets/${name}">\n`)
        .join('')
    )

  const fresh = `${folder}.${process.pid}`
  try {
    await mkdir(join(fresh, 'assets'), { recursive: true })
    await writeFile(join(fresh, 'index.html'), document)
    await Promise.all([...assets, licenses].map((asset) => writeCompressed(join(fresh, 'assets'), asset)))
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return { folder, files, first: { scripts: [...scripts, named('theme.js')], styles: [named('styles.css')] } }
}

/** A script and all that it imports at once, itself first. */
function withImports(script: string, { outputs }: Metafile): string[] {
  // Their paths are relative to the project, and so is that of a folder outside of it.
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]))
  const found = new Set([script])
  for (const name of found) {
    const output = byName.get(name)
    if (output === undefined) throw new Error(`${name} was not built`)
    for (const { path, kind } of output.imports) {
      if (kind === 'import-statement') found.add(basename(path))
    }
  }
  return [...found]
}

/** Named like what esbuild names by its content. */
function hashed(name: string, content: Uint8Array): Asset {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase()
  const extension = extname(name)
  return { name: `${name.slice(0, -extension.length)}-${hash}${extension}`, content }
}

function plainName(name: string): string {
  return name.replace(/-[A-Z0-9]{8}(\.\w+)$/, '$1')
}

async function writeCompressed(folder: string, { name, content }: Asset): Promise<void> {
  const path = join(folder, name)
  // Brotli's best quality, 11, is too slow for a start that somebody waits for.
  const brotli = await toBrotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
  await Promise.all([
    writeFile(path, content),
    writeFile(`${path}.br`, brotli),
    writeFile(`${path}.gz`, await toGzip(content, { level: 9 }))
  ])
}

/** The licenses of the packages that are part of the console, as these ask for. */
async function licensesOf({ inputs }: Metafile): Promise<string> {
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  )
  const texts = await Promise.all(
    [...packages].sort().map(async (name) => {
      const license = ['LICENSE', 'LICENSE.md', 'license']
        .map((file) => join(projectRoot, 'node_modules', name, file))
        .find(existsSync)
      return `${name}\n\n${license === undefined ? 'no text' : await readFile(license, 'utf8')}`
    })
  )
  return texts.join('\n---\n\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildConsole(resolve(process.argv[2] ?? join(web, 'dist')))
}
