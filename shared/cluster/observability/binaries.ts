import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unpackDebianPackages } from '../debian-packages.ts'
import { relocateAlertmanager } from './relocate.ts'

const run = promisify(execFile)

/** Programs of Prometheus and Alertmanager that can be run here, by absolute path. */
export interface Observability {
  prometheus: string
  promtool: string
  alertmanager: string
  amtool: string
  /**
   * The folder in which alertmanager and amtool must be started, when they come from unpacked Debian packages: they find
   * their templates relative to it (see relocate.ts).
   */
  workingDir?: string
  /** Prometheus' web pages, if they are not at their installed location. */
  webAssets?: string
}

/** Why there are none, for the person who set up. */
export interface ObservabilityMissing {
  missing: string
}

/** The project's git-ignored cache, shared by all its clusters and tests. */
export function observabilityCacheDir(projectRoot: string): string {
  return join(projectRoot, '.kops', 'cache')
}

export interface FindObservabilityOptions {
  /** The cache of unpacked packages: 360 MB after the first call, which later calls reuse. */
  cacheDir: string
  signal?: AbortSignal
}

/** Prometheus' page is put together from Debian's packages of JavaScript libraries, to which it links. */
const debianPackages = [
  'prometheus',
  'prometheus-alertmanager',
  'fonts-glyphicons-halflings',
  'libjs-bootstrap4',
  'libjs-d3',
  'libjs-eonasdan-bootstrap-datetimepicker',
  'libjs-jquery',
  'libjs-jquery-hotkeys',
  'libjs-moment',
  'libjs-moment-timezone',
  'libjs-mustache',
  'libjs-popper.js',
  'libjs-rickshaw'
]

/**
 * Finds Prometheus and Alertmanager: on PATH, else in the cache, else from Debian's packages, which are downloaded (32 MB)
 * and unpacked into the cache. Nothing is installed, no service is started, and root is not needed.
 * Resolves to `{ missing }` where there are none to be had; never rejects for that. Two calls at once are safe.
 */
export async function findObservability(
  options: FindObservabilityOptions
): Promise<Observability | ObservabilityMissing> {
  const installed = await onPath()
  if (installed) return installed
  const unpacked = join(options.cacheDir, 'debian-observability')
  if (await isExecutable(inRoot(unpacked).amtool)) return inRoot(unpacked)

  for (const tool of ['apt-get', 'dpkg']) {
    if (!(await which(tool))) {
      return {
        missing: `prometheus, promtool, alertmanager and amtool are not on PATH, and there is no ${tool} to fetch Debian's packages with`
      }
    }
  }
  try {
    await unpackDebianPackages({
      target: unpacked,
      packages: debianPackages,
      finish: relocateAlertmanager,
      isWhole: (root) => isExecutable(inRoot(root).amtool),
      signal: options.signal
    })
  } catch (error) {
    options.signal?.throwIfAborted()
    return { missing: `Debian's packages of Prometheus and Alertmanager could not be fetched: ${lastLines(error)}` }
  }
  return inRoot(unpacked)
}

/** Whether findObservability() found the programs. */
export function isFound(found: Observability | ObservabilityMissing): found is Observability {
  return !('missing' in found)
}

async function onPath(): Promise<Observability | undefined> {
  const [prometheus, promtool, amtool, alertmanager] = await Promise.all([
    which('prometheus'),
    which('promtool'),
    which('amtool'),
    // Debian's name, then upstream's.
    which('prometheus-alertmanager').then((path) => path ?? which('alertmanager'))
  ])
  if (prometheus && promtool && amtool && alertmanager) return { prometheus, promtool, alertmanager, amtool }
  return undefined
}

function inRoot(root: string): Observability {
  const bin = (name: string) => join(root, 'usr/bin', name)
  return {
    prometheus: bin('prometheus'),
    promtool: bin('promtool'),
    alertmanager: bin('prometheus-alertmanager'),
    amtool: bin('amtool'),
    workingDir: root,
    webAssets: join(root, 'usr/share/prometheus/web')
  }
}

async function which(name: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('sh', ['-c', 'command -v -- "$1"', 'sh', name])
    return stdout.trim() || undefined
  } catch {
    return undefined
  }
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false
  )
}

function lastLines(error: unknown): string {
  const { stderr } = error as { stderr?: string }
  const text = stderr?.trim() || (error instanceof Error ? error.message : String(error))
  return text.split('\n').slice(-3).join('; ')
}
