import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext } from 'node:tls'

/** Files in PEM. A certificate and its key come together. */
export interface TlsFiles {
  /** The authorities that may have signed the certificates of others; without it, those that Node.js trusts. */
  ca?: string | undefined
  /** What this process shows to others. */
  cert?: string | undefined
  key?: string | undefined
  keyPassword?: (() => string) | undefined
}

/** A file of TlsFiles that cannot be read, or is not what it should be. */
export class TlsFileError extends Error {
  readonly kind: 'ca' | 'cert' | 'key'

  constructor(kind: 'ca' | 'cert' | 'key', message: string, cause: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

/** What TLS takes of the files. */
export interface TlsTexts {
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
  passphrase?: string | undefined
}

interface Read {
  texts: TlsTexts
  context: SecureContext
}

const last = new WeakMap<TlsFiles, Read>()

/**
 * The files as they are now, read again each time, so that certificates can be replaced while the process runs. If they cannot be
 * used, which is so in the middle of a replacement, it is what they were before.
 * @throws TlsFileError if they never could be used
 */
export function readTlsFiles(files: TlsFiles): Read {
  const previous = last.get(files)
  try {
    const texts: TlsTexts = {
      ca: read(files, 'ca'),
      cert: read(files, 'cert'),
      key: read(files, 'key'),
      passphrase: files.keyPassword?.()
    }
    if (previous && JSON.stringify(previous.texts) === JSON.stringify(texts)) return previous
    // Node.js takes any text for authorities, and then trusts none.
    usable('ca', files, () => new X509Certificate(texts.ca ?? ''))
    usable('cert', files, () => new X509Certificate(texts.cert ?? ''))
    usable('key', files, () => createSecureContext({ ...texts, ca: undefined }))
    const now = { texts, context: createSecureContext(texts) }
    last.set(files, now)
    return now
  } catch (error) {
    if (previous) return previous
    throw error
  }
}

/**
 * The files that settings name, read once, so that a wrong one shows at the start.
 * @param prefix of the settings' names: `KOPS_KAFKA_SSL_`
 * @throws Error naming the setting
 */
export function tlsFilesOf(prefix: string, { ca, cert, key, keyPassword }: TlsFiles): TlsFiles {
  const files: TlsFiles = { ca: ca || undefined, cert: cert || undefined, key: key || undefined, keyPassword }
  if (files.cert && !files.key) throw new Error(`${prefix}CERT needs its key in ${prefix}KEY`)
  if (files.key && !files.cert) throw new Error(`${prefix}KEY needs its certificate in ${prefix}CERT`)
  try {
    readTlsFiles(files)
  } catch (error) {
    if (!(error instanceof TlsFileError)) throw error
    throw new Error(`${prefix}${error.kind.toUpperCase()}: ${error.message}`, { cause: error })
  }
  return files
}

function read(files: TlsFiles, kind: 'ca' | 'cert' | 'key'): string | undefined {
  const path = files[kind]
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new TlsFileError(kind, `${path} cannot be read: ${messageOf(error)}`, error)
  }
}

const what = { ca: 'a CA certificate', cert: 'a certificate', key: 'the key of the certificate' }

function usable(kind: 'ca' | 'cert' | 'key', files: TlsFiles, use: () => unknown): void {
  if (files[kind] === undefined) return
  try {
    use()
  } catch (error) {
    throw new TlsFileError(kind, `${files[kind]} is not ${what[kind]} in PEM: ${messageOf(error)}`, error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
