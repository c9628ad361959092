import { type ConnectorFile, ConnectorFileSchema } from '../contracts/connectors.ts'
import { checked, parseWithLines, readText } from '../yaml/read-yaml.ts'

/**
 * Reads a connector from a file of YAML or JSON: `{name, config}`, as Connect's own API takes it.
 * @throws KopsError validation_failed, naming the file and the line: `connectors/x.yaml:4: config.tasks.max must be string (quote it)`
 */
export async function loadConnector(path: string): Promise<ConnectorFile> {
  const document = { path, what: 'the connector' }
  const { value, lineOf } = parseWithLines(await readText(document), document)
  return checked(ConnectorFileSchema, value, { ...document, lineOf })
}
