/**
 * Joins the command line and what it imports into a few files: 1,100 small modules take Node.js 0.3 s of processor time to find
 * and to read. `kops` runs the result while no source is newer. setup.sh calls this.
 *
 *   node cli/bundle.ts [folder]
 */
import { readFile, rename, rm } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { projectRoot } from './config.ts'

/** By default where `kops` looks for it. */
const folder = resolve(process.argv[2] ?? `${projectRoot}/.kops/cache/cli`)

/** A module keeps the address that its source has: those of files beside it count from there. */
const sourceAddresses: Plugin = {
  name: 'source-addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\/(apps|cli|shared)\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const address = `new URL(${JSON.stringify(relative(folder, path))}, import.meta.url).href`
      return { contents: text.replaceAll(/\bimport\.meta\.url\b/g, address), loader: 'ts' }
    })
  }
}

const fresh = `${folder}.${process.pid}`
try {
  await build({
    entryPoints: [`${projectRoot}/cli/main.ts`],
    outdir: fresh,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // What drives Docker or Kafka itself is loaded seldom, and by modules that find their own parts.
    external: ['dockerode', '@platformatic/kafka', 'kafkajs'],
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);"
    },
    outExtension: { '.js': '.mjs' },
    legalComments: 'none',
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [sourceAddresses]
  })
  await rm(folder, { recursive: true, force: true })
  await rename(fresh, folder)
} finally {
  await rm(fresh, { recursive: true, force: true })
}
