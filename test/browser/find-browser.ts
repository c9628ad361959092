import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { environmentVariable } from '#cli/config.ts'

const run = promisify(execFile)

/** Debian's browser, and letters for its pages. */
const packages = ['chromium', 'fonts-dejavu-core']
const names = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * The address of a Chromium: KOPS_TEST_BROWSER, on PATH, or Debian's package, which root installs.
 * @throws Error that says what to install, where nothing can be
 */
export async function findBrowser(): Promise<string> {
  const named = environmentVariable('KOPS_TEST_BROWSER')
  if (named) return named
  const found = await onPath()
  if (found) return found
  if (process.getuid?.() === 0) {
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 2 ** 26 }
    const install = () => run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], options)
    // The lists of packages may be missing, or name versions that are gone.
    await install().catch(async () => {
      await run('apt-get', ['update', '-q'], options)
      await install()
    })
    const installed = await onPath()
    if (installed) return installed
  }
  throw new Error(
    `tests in a browser need ${packages.join(' and ')}: install them, or name a Chromium in KOPS_TEST_BROWSER`
  )
}

async function onPath(): Promise<string | undefined> {
  for (const name of names) {
    const { stdout } = await run('sh', ['-c', 'command -v -- "$1" || true', 'sh', name])
    if (stdout.trim() !== '') return stdout.trim()
  }
  return undefined
}
