import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto'

/** A certificate and its private key (PKCS#8), both PEM. */
export interface Identity {
  certificate: string
  key: string
}

export interface Subject {
  commonName: string
  /** Under which others reach it. Someone without any is a client: its certificate is not accepted as a server's. */
  addresses: { ips: string[]; names: string[] } | undefined
}

const dayMs = 86_400_000
const authorityDays = 3650
const validDays = 730
/** A certificate with less time left is replaced at the next start: nothing replaces it while a broker runs. */
const renewalDays = 90
/** The clocks of machines differ. */
const backdatedMs = 300_000

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** The library decorates its classes, which needs a polyfill first. Loaded when a certificate is made: seldom. */
async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/** A new authority, which may sign certificates of brokers and clients and no further authority. */
export async function createAuthority(commonName: string, now: Date): Promise<Identity> {
  const x509 = await loadX509()
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...lasting(authorityDays, now),
    name: [{ CN: [commonName] }],
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
    ]
  })
  return { certificate: pem(certificate), key: await pemOfKey(keys.privateKey) }
}

/** A key of its own for a broker or a client, and the authority's certificate for it. */
export async function issue(authority: Identity, { commonName, addresses }: Subject, now: Date): Promise<Identity> {
  const x509 = await loadX509()
  const [keys, signingKey] = await Promise.all([newKeys(), importKey(authority.key)])
  const issuer = new x509.X509Certificate(authority.certificate)
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage
  const certificate = await x509.X509CertificateGenerator.create({
    ...lasting(validDays, now),
    subject: [{ CN: [commonName] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      // Brokers are clients of one another too.
      new x509.ExtendedKeyUsageExtension(addresses ? [serverAuth, clientAuth] : [clientAuth]),
      ...(addresses ? [new x509.SubjectAlternativeNameExtension(alternativeNames(addresses))] : []),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey)
    ]
  })
  return { certificate: pem(certificate), key: await pemOfKey(keys.privateKey) }
}

/** Whether a certificate can be used on: the authority signed it, time is left, and it covers every address. */
export function isUsable(
  certificate: string,
  { authority, addresses, now }: { authority: string; addresses: Subject['addresses']; now: Date }
): boolean {
  try {
    const own = new X509Certificate(certificate)
    const issuer = new X509Certificate(authority)
    const { ips, names } = addresses ?? { ips: [], names: [] }
    return (
      own.checkIssued(issuer) &&
      own.verify(issuer.publicKey) &&
      own.validToDate.getTime() - now.getTime() > renewalDays * dayMs &&
      ips.every((ip) => own.checkIP(ip) !== undefined) &&
      names.every((name) => own.checkHost(name) !== undefined)
    )
  } catch {
    return false
  }
}

function alternativeNames({ ips, names }: { ips: string[]; names: string[] }) {
  return [
    ...ips.map((value) => ({ type: 'ip' as const, value })),
    ...names.map((value) => ({ type: 'dns' as const, value }))
  ]
}

function lasting(days: number, now: Date) {
  return {
    // Positive, and as random as a browser would require of an authority.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    notBefore: new Date(now.getTime() - backdatedMs),
    notAfter: new Date(now.getTime() + days * dayMs),
    signingAlgorithm: algorithm
  }
}

function newKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function importKey(key: string) {
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}

function pem(certificate: { toString(format: 'pem'): string }): string {
  return `${certificate.toString('pem')}\n`
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()
}
