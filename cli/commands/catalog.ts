import { join } from 'node:path'
import type { Command } from 'commander'
import { loadCatalog } from '#shared/catalog/load-catalog.ts'
import type { CatalogResult } from '#shared/contracts/catalog.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { printTable, type ReadOptions, show } from '../answer.ts'
import { carryOut, type DestroyOptions, destroy, type Forced } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { given } from '../given.ts'
import { namedFile } from '../named-file.ts'
import { destroys, examples, forces, reads } from '../options.ts'
import { plain } from '../paint.ts'
import { printCatalogResult } from '../print/catalog.ts'

interface ApplyOptions extends DestroyOptions, Forced {
  allowDelete?: boolean
}

/** Many topics, each with the time that a broker may take. */
const timeoutMs = 300_000

/** `kops catalog …` */
export function addCatalogCommands(catalog: Command, context: CommandContext): void {
  const { output, projectRoot } = context
  examples(catalog, 'catalog plan log-streaming', 'catalog apply ./my-topics.yaml --dry-run')
  const which = 'a YAML file, or the name of one in catalog/'

  reads(
    catalog.command('list').description("list the service's catalogs (KOPS_CATALOG_DIR), with what each is for")
  ).action(async (options: ReadOptions) => {
    const client = await clientFor(context)
    const list = await client.call(endpoints.listCatalogs, {})
    show(output, options, list, () => {
      const rows = list.catalogs.map(({ name, topics, remove = [], description = '' }) => [
        name,
        String(topics.length),
        String(remove.length),
        plain(description.trim().split('\n')[0] ?? '')
      ])
      printTable(output, ['CATALOG', 'TOPICS', 'REMOVES', ''], rows, 'No catalog is installed.')
    })
  })

  const load = async (name: string) => loadCatalog(await namedFile(join(projectRoot, 'catalog'), name, 'catalog'))

  reads(
    catalog
      .command('plan')
      .description('show the differences between a catalog and the cluster')
      .argument('<catalog>', which)
      .option('--allow-delete', 'include the deletion of topics under remove')
  ).action(async (name: string, { allowDelete, ...options }: { allowDelete?: boolean } & ReadOptions) => {
    const body = await load(name)
    const client = await clientFor(context)
    const plan = await client.call(endpoints.planCatalog, { query: given({ allowDelete }), body, timeoutMs })
    show(output, options, plan, () => printCatalogResult(output, plan))
    if (isRefused(plan)) process.exitCode = exit.refused
  })

  examples(
    forces(
      destroys(
        catalog
          .command('apply')
          .description('apply a catalog to the cluster; idempotent')
          .argument('<catalog>', which)
          .option('--allow-delete', 'delete the topics under remove, after confirmation')
      ),
      'delete what is in use, and add very many partitions; needs --reason'
    ),
    'catalog apply log-streaming',
    'catalog apply ./my-topics.yaml --allow-delete --reason "no longer used"'
  ).action(async (name: string, options: ApplyOptions) => {
    const body = await load(name)
    const client = await clientFor(context)
    const { allowDelete, force, reason } = options
    const change = {
      call: (dryRun: boolean) =>
        client.call(endpoints.applyCatalog, {
          query: given({ allowDelete, force, reason, dryRun }),
          body,
          timeoutMs
        }),
      print: printCatalogResult,
      failed: isRefused
    }
    if (allowDelete && (body.remove?.length ?? 0) > 0) await destroy(context, options, body.name, change)
    else await carryOut(context, options, change)
  })
}

function isRefused({ changes }: CatalogResult): boolean {
  return changes.some(({ action }) => action === 'refuse')
}
