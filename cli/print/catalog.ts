import type { CatalogResult } from '#shared/contracts/catalog.ts'
import { counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'

export function printCatalogResult(output: Output, result: CatalogResult): void {
  const { catalog, dryRun, changes, drift, own, unmanaged } = result
  const differing = changes.filter(({ action }) => action !== 'none')
  if (differing.length > 0) {
    const rows = differing.map(({ topic, action, detail, applied }) => [
      topic,
      action === 'refuse' ? paint('red', 'refused') : dryRun || applied ? action : paint('red', `${action} (not done)`),
      plain(detail)
    ])
    output.print(`${table(['TOPIC', dryRun ? 'PLAN' : 'DONE', ''], rows)}\n`)
  }
  for (const { topic, configs } of drift) {
    const set = Object.entries(configs).map(([name, value]) => `${name}=${plain(value)}`)
    output.print(paint('yellow', `drift: ${topic} has ${set.join(', ')}, which the catalog does not set`))
  }
  if (own.length > 0) output.print(`belongs to kops: ${own.join(', ')}`)
  const wide = unmanaged.slice(0, 10).join(', ')
  const more = unmanaged.length > 10 ? ` and ${unmanaged.length - 10} more` : ''
  if (unmanaged.length > 0) output.print(`in no catalog: ${wide}${more}`)
  const same = changes.length - differing.length
  const done = differing.filter(({ applied }) => applied).length
  const verb = dryRun ? `${counted(differing.length, 'change')} to make` : `${counted(done, 'change')} made`
  output.print(`${catalog}: ${verb}, ${counted(same, 'topic')} unchanged`)
}
