import { randomBytes } from 'node:crypto'
import { KopsError } from '../../errors/catalog.ts'
import { readIfPresent } from '../../files/read-if-present.ts'
import { type ClusterDefinition, nodeNames, securityOf } from '../definition.ts'
import { createAuthority, type Identity, issue, isUsable, type Subject } from './certificates.ts'
import { makeSecurityFolders, type SecurityFiles, securityFiles, writePrivate, writePublic } from './files.ts'
import { toolProperties } from './tool-properties.ts'

export interface BrokerSecrets {
  /** The file of the broker's key and certificate. */
  keystore: string
  /** The file of the authority's certificate. */
  ca: string
  /** That of kops, with sasl_ssl. */
  password: string | undefined
}

/** The name of kops: its SCRAM user, and the common name of its certificate. */
export const kopsName = 'kops'

/** The principal as which brokers know kops: that of its password, or of its certificate. */
export function kopsPrincipal(definition: Pick<ClusterDefinition, 'security'>): string {
  return `User:${securityOf(definition) === 'ssl' ? `CN=${kopsName}` : kopsName}`
}

/** The principal of a broker, by its certificate. */
export function brokerPrincipal(broker: string): string {
  return `User:CN=${broker}`
}

/**
 * Makes what a secured cluster lacks: the authority, and the credentials of kops. Leaves alone what can be used on.
 * Idempotent; does nothing for a cluster in plain text.
 */
export async function ensureCredentials(
  stateDir: string,
  definition: ClusterDefinition,
  now = new Date()
): Promise<void> {
  const security = securityOf(definition)
  if (security === 'plaintext') return
  const files = securityFiles(stateDir)
  await makeSecurityFolders(files)
  const authority = await ensureAuthority(files, definition.name, now)
  const { kops } = files
  if (security === 'ssl') {
    const subject = { commonName: kopsName, addresses: undefined }
    const before = await readIfPresent(kops.certificate)
    if (before === undefined || !isUsable(before, { ...subject, authority: authority.certificate, now })) {
      const { certificate, key } = await issue(authority, subject, now)
      await writePrivate(kops.key, key)
      await writePrivate(kops.keystore, key + certificate)
      await writePrivate(kops.certificate, certificate)
    }
  } else if ((await readIfPresent(kops.password)) === undefined) {
    await writePrivate(kops.password, `${randomBytes(32).toString('base64url')}\n`)
  }
  const password = await passwordOf(files, definition)
  const own = password === undefined ? { keystore: kops.keystore } : { user: kopsName, password }
  await writePrivate(kops.client, toolProperties(files.ca, own))
  const [firstBroker = ''] = nodeNames(definition).brokers
  const admin = { keystore: files.brokers.keystore(firstBroker) }
  await writePrivate(files.brokers.admin, toolProperties(files.ca, admin))
}

/**
 * What a broker needs to be reached: undefined in plain text. Makes its certificate, or another one if its address has
 * changed: others verify the address that they connect to, so the certificate names those of both listeners.
 */
export async function ensureBrokerSecrets(
  stateDir: string,
  definition: ClusterDefinition,
  broker: { name: string; address: string },
  now = new Date()
): Promise<BrokerSecrets | undefined> {
  if (securityOf(definition) === 'plaintext') return undefined
  const files = securityFiles(stateDir)
  const authority = await readAuthority(files)
  if (authority === undefined) throw new KopsError('runtime_failed', `${files.authority.folder} has no authority`)
  const keystore = files.brokers.keystore(broker.name)
  const ips = [...new Set([broker.address, '127.0.0.1'])]
  const subject: Subject = { commonName: broker.name, addresses: { ips, names: ['localhost', broker.name] } }
  const before = await readIfPresent(keystore)
  if (before === undefined || !isUsable(before, { ...subject, authority: authority.certificate, now })) {
    const { certificate, key } = await issue(authority, subject, now)
    await writePrivate(keystore, key + certificate)
  }
  return { keystore, ca: files.ca, password: await passwordOf(files, definition) }
}

/** The password of kops; undefined where it has a certificate instead. */
export async function passwordOf(
  { kops }: SecurityFiles,
  definition: Pick<ClusterDefinition, 'security'>
): Promise<string | undefined> {
  // Not one that a cluster with another security has left behind.
  return securityOf(definition) === 'sasl_ssl' ? (await readIfPresent(kops.password))?.trim() : undefined
}

async function ensureAuthority(files: SecurityFiles, cluster: string, now: Date): Promise<Identity> {
  const before = await readAuthority(files)
  if (before && isUsable(before.certificate, { authority: before.certificate, addresses: undefined, now }))
    return before
  const made = await createAuthority(`${cluster} authority`, now)
  await writePrivate(files.authority.key, made.key)
  await writePublic(files.ca, made.certificate)
  return made
}

async function readAuthority(files: SecurityFiles): Promise<Identity | undefined> {
  const [certificate, key] = await Promise.all([readIfPresent(files.ca), readIfPresent(files.authority.key)])
  return certificate === undefined || key === undefined ? undefined : { certificate, key }
}
