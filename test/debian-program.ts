import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { environmentVariable } from '#cli/config.ts'

const run = promisify(execFile)

export interface DebianProgram {
  /** What it is called, the first choice first. */
  names: readonly string[]
  /** Debian's packages of it. */
  packages: readonly string[]
  /** A variable that names another one. */
  setting?: string
}

/**
 * The path of a program that tests need: the setting's, one on PATH, or Debian's, which root installs.
 * @throws Error that says what to install, where nothing can be
 */
export async function debianProgram({ names, packages, setting }: DebianProgram): Promise<string> {
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
  }
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
