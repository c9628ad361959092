import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createAuthority, type Identity, issue } from '#shared/cluster/security/certificates.ts'

export interface CertificateFiles {
  ca: string
  cert: string
  key: string
  /** Puts a certificate of another authority into the files. @returns it */
  replace(): Promise<{ authority: Identity; own: Identity }>
}

/** A certificate for this machine, its key and its authority, in files that end with the test. */
export async function certificateFiles(t: Test): Promise<CertificateFiles> {
  const folder = t.testdir()
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string
  ]
  async function replace() {
    const authority = await createAuthority('tests', new Date())
    const addresses = { ips: ['127.0.0.1'], names: ['localhost'] }
    const own = await issue(authority, { commonName: 'localhost', addresses }, new Date())
    await writeFile(ca, authority.certificate)
    await writeFile(cert, own.certificate)
    await writeFile(key, own.key)
    return { authority, own }
  }
  await replace()
  return { ca, cert, key, replace }
}
