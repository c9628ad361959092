import { access, constants } from 'node:fs/promises'
import { KopsError } from '../../errors/catalog.ts'
import { type ClusterDefinition, securityOf } from '../definition.ts'
import { securityFiles } from './files.ts'

/**
 * The file of settings with which Kafka's tools act as kops on a cluster; undefined in plain text.
 * @throws KopsError runtime_failed if this user may not read it
 */
export async function clientProperties(
  stateDir: string,
  definition: Pick<ClusterDefinition, 'security'>
): Promise<string | undefined> {
  if (securityOf(definition) === 'plaintext') return undefined
  const { client } = securityFiles(stateDir).kops
  try {
    await access(client, constants.R_OK)
    return client
  } catch (cause) {
    const message = `The credentials of kops in ${client} cannot be read: only root and their owner may`
    throw new KopsError('runtime_failed', message, { cause })
  }
}
