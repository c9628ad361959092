import { glob } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { loadCatalog } from '#shared/catalog/load-catalog.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import type { CatalogResult } from '#shared/contracts/catalog.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { retry } from '#shared/poll.ts'
import { clientOf } from './client.ts'
import { UsageError } from './output.ts'

/**
 * The catalogs that setup applies: those of a folder, by name, without those that a setting leaves out.
 * @param skipped names of files without their ending
 * @throws UsageError naming one that is not there
 */
export async function catalogsToApply(folder: string, skipped: readonly string[]): Promise<string[]> {
  const files = (await Array.fromAsync(glob('*.yaml', { cwd: folder }))).sort()
  const names = files.map((file) => basename(file, '.yaml'))
  const unknown = skipped.find((name) => name !== '*' && !names.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`KOPS_SETUP_SKIP_CATALOGS: there is no catalog ${unknown} in ${folder}: ${names.join(', ')}`)
  }
  if (skipped.includes('*')) return []
  return names.filter((name) => !skipped.includes(name)).map((name) => join(folder, `${name}.yaml`))
}

export interface FirstCatalogs {
  applied: CatalogResult[]
  /** Names of catalogs for another cluster. */
  foreign: string[]
}

/**
 * Applies catalogs to a cluster that has just started: brokers that answer may still be looking for their controller,
 * so it retries retriable errors for two minutes. A catalog that is for another cluster is left alone.
 * @throws KopsError kafka_refused, after all of them, for topics that cannot become as a catalog describes them
 */
export async function applyFirstCatalogs(
  definition: Pick<ClusterDefinition, 'ports'>,
  files: readonly string[]
): Promise<FirstCatalogs> {
  const applied: CatalogResult[] = []
  const foreign: string[] = []
  // All are read first: an error in one shows before any is applied.
  const catalogs = await Promise.all(files.map((file) => loadCatalog(file)))
  for (const body of catalogs) {
    try {
      applied.push(
        await retry(
          () => clientOf(definition).call(endpoints.applyCatalog, { body, timeoutMs: 60_000 }),
          (error) => isKopsError(error) && error.retriable,
          { timeoutMs: 120_000, pauseMs: 1000 }
        )
      )
    } catch (error) {
      if (!isKopsError(error, 'cluster_mismatch')) throw error
      foreign.push(body.name)
    }
  }
  assertNoneRefused(applied)
  return { applied, foreign }
}

function assertNoneRefused(results: CatalogResult[]): void {
  const refusing = results.filter(({ changes }) => changes.some(({ action }) => action === 'refuse'))
  if (refusing.length === 0) return
  const details = refusing.flatMap(({ catalog, changes }) =>
    changes
      .filter(({ action }) => action === 'refuse')
      .map(({ topic, detail }) => `${topic} (catalog ${catalog}): ${detail}`)
  )
  const names = refusing.map(({ catalog }) => catalog).join(',')
  throw new KopsError(
    'kafka_refused',
    `${details.join('; ')}. KOPS_SETUP_SKIP_CATALOGS=${names} leaves out what differs`
  )
}
