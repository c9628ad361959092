import { CatalogSchema } from '../contracts/catalog.ts'

/**
 * CatalogSchema as a JSON Schema document for editors (YAML language servers). `$id`s inside it are left out: editors would
 * look for documents of these names.
 */
export function catalogJsonSchema(): string {
  const schema = JSON.stringify({ ...CatalogSchema, $id: undefined }, (key, value) =>
    key === '$id' ? undefined : value
  )
  const document = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Topic catalog of kops',
    ...(JSON.parse(schema) as object)
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
