import { chmod, copyFile, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterMode } from '../../contracts/cluster.ts'
import { KopsError } from '../../errors/catalog.ts'
import { run } from '../command.ts'
import { distributionFolder } from '../distribution-folder.ts'
import type { OnProgress } from '../stack/port.ts'
import { missingJars } from './preflight.ts'

const fetchMs = 600_000

/**
 * Lets Maven fetch the Kafka of a mode, unless what its pom.xml pins is present: a machine that runs one mode does not need
 * the other's jars. Moves them into place atomically, so that an interrupted download is never taken for a complete one.
 * @param kafkaDir the project's kafka/
 * @throws KopsError runtime_failed with Maven's message
 */
export async function fetchDistribution(kafkaDir: string, mode: ClusterMode, onProgress: OnProgress): Promise<void> {
  const folder = distributionFolder(kafkaDir, mode)
  const libs = join(folder, 'libs')
  const pom = join(folder, 'pom.xml')
  if (await isWhole(libs, mode, pom)) return
  const step = 'Kafka from Maven Central'
  onProgress({ step, state: 'started' })
  const made = await mkdtemp(join(folder, 'libs.new-'))
  try {
    const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-Dlibs=${made}`]
    await run('mvn', args, { timeoutMs: fetchMs })
    await copyFile(pom, join(made, '.pom'))
    // Nodes run as another user than the one who fetches.
    await chmod(made, 0o755)
    await rm(libs, { recursive: true, force: true })
    await rename(made, libs)
  } catch (cause) {
    await rm(made, { recursive: true, force: true })
    onProgress({ step, state: 'failed' })
    if (await isWhole(libs, mode, pom)) return
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new KopsError('runtime_failed', `Kafka cannot be fetched (./setup.sh installs what is missing): ${said}`, {
      cause
    })
  }
  onProgress({ step, state: 'done' })
}

/** Beside the jars is a copy of the pom.xml that they are from (setup.sh writes it, too): after an upgrade it may pin others. */
async function isWhole(libs: string, mode: ClusterMode, pom: string): Promise<boolean> {
  const jars = await readdir(libs).catch((): string[] => [])
  if (missingJars(jars, mode).length > 0) return false
  const [wanted, fetched] = await Promise.all([readFile(pom), readFile(join(libs, '.pom')).catch(() => undefined)])
  return fetched?.equals(wanted) ?? false
}
