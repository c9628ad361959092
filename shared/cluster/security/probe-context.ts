import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContext } from 'node:tls'
import { type ClusterDefinition, securityOf } from '../definition.ts'
import { securityFiles } from './files.ts'

/**
 * With what to reach the listener for clients: undefined in plain text, or while there are no credentials. Read each
 * time, because a cluster that is wiped gets others; made again when they differ.
 */
export function createProbeContext(
  stateDir: string,
  definition: ClusterDefinition
): () => Promise<SecureContext | undefined> {
  const { ca, kops } = securityFiles(stateDir)
  const security = securityOf(definition)
  const paths = security === 'ssl' ? [ca, kops.certificate, kops.key] : [ca]
  let last: { texts: string[]; context: SecureContext } | undefined

  return async () => {
    if (security === 'plaintext') return undefined
    const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')))
    if (texts.includes('')) return undefined
    if (last === undefined || texts.some((text, index) => text !== last?.texts[index])) {
      const [authority = '', cert, key] = texts
      last = { texts, context: createSecureContext({ ca: authority, cert, key }) }
    }
    return last.context
  }
}
