import { execFile } from 'node:child_process'
import { access, chmod, constants, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { environmentVariable } from '#cli/config.ts'
import { unpackDebianPackages } from '#shared/cluster/debian-packages.ts'

const run = promisify(execFile)
const cacheDir = join(import.meta.dirname, '../.kops/cache')

export interface DebianProgram {
  /** What it is called, the first choice first. */
  names: readonly string[]
  /** Debian's packages of it. */
  packages: readonly string[]
  /** A variable that names another one. */
  setting?: string
  /** Where it is among the files of the packages, if it also runs from a folder that these are unpacked into. */
  unpackedAt?: string
}

/**
 * The path of a program that tests need: the setting's, one on PATH, Debian's, which root installs, or the same unpacked into the cache,
 * with all that it needs and this machine lacks, for anybody else.
 * @throws Error that says what to install, where nothing can be
 */
export async function debianProgram(program: DebianProgram): Promise<string> {
  const { names, packages, setting, unpackedAt } = program
  const named = setting === undefined ? undefined : environmentVariable(setting)
  if (named) return named
  const found = await onPath(names)
  if (found) return found
  if (process.getuid?.() === 0) {
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 2 ** 26 }
    const install = () => run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], options)
    // The lists of packages may be missing, or name versions that are gone.
    await install().catch(async () => {
      await run('apt-get', ['update', '-q'], options)
      await install()
    })
    const installed = await onPath(names)
    if (installed) return installed
  } else if (unpackedAt !== undefined) return unpacked({ ...program, unpackedAt })
  const other = setting === undefined ? '' : `, or name one in ${setting}`
  throw new Error(`tests need ${names[0]}: install ${packages.join(' and ')}${other}`)
}

async function onPath(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const { stdout } = await run('sh', ['-c', 'command -v -- "$1" || true', 'sh', name])
    if (stdout.trim() !== '') return stdout.trim()
  }
  return undefined
}

/** A script that starts the program with the libraries beside it. */
async function unpacked({ names: [name = ''], packages, unpackedAt }: DebianProgram & { unpackedAt: string }) {
  const target = join(cacheDir, `debian-${name}`)
  const isExecutable = (path: string) =>
    access(path, constants.X_OK).then(
      () => true,
      () => false
    )
  const isWhole = (root: string) => isExecutable(join(root, unpackedAt))
  if (!(await isWhole(target))) await unpackDebianPackages({ target, packages: lacking(packages), isWhole })
  const libraries = (await readdir(join(target, 'usr/lib')))
    .filter((folder) => folder.endsWith('-linux-gnu'))
    .flatMap((folder) => [join(target, 'usr/lib', folder), join(target, 'lib', folder)])
  const script = join(target, name)
  const lines = [
    '#!/bin/sh',
    `export LD_LIBRARY_PATH='${libraries.join(':')}'`,
    `exec '${join(target, unpackedAt)}' "$@"`
  ]
  await writeFile(script, `${lines.join('\n')}\n`)
  await chmod(script, 0o755)
  return script
}

/** The packages, and what they need and this machine does not have, as apt would install them. */
function lacking(packages: readonly string[]) {
  return async (lists: readonly string[]): Promise<string[]> => {
    const options = { maxBuffer: 2 ** 26, env: { ...process.env, LC_ALL: 'C' } }
    const install = ['install', '-s', '--no-install-recommends', ...packages]
    const { stdout } = await run('apt-get', [...lists, ...install], options)
    return [...stdout.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => name ?? [])
  }
}
