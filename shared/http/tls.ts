import { type Static, Type } from 'typebox'
import { readTlsFiles, type TlsFiles, tlsFilesOf } from '../tls-files.ts'

/** Settings of TLS between callers and a service. */
export const tlsConfigProperties = {
  KOPS_TLS_CERT: Type.String({
    default: '',
    description: 'PEM file of the certificate with which the service speaks TLS; empty: plain HTTP'
  }),
  KOPS_TLS_KEY: Type.String({ default: '', description: 'PEM file of the key of KOPS_TLS_CERT' }),
  KOPS_BEHIND_TLS_PROXY: Type.Boolean({
    default: false,
    description: 'Allow plain HTTP on a non-loopback address, because a proxy in front of the service ends TLS'
  })
}

const TlsConfigSchema = Type.Object(tlsConfigProperties)
export type TlsConfig = Partial<Static<typeof TlsConfigSchema>>

/** @returns undefined for plain HTTP @throws Error naming the setting that is not valid */
export function parseTls({ KOPS_TLS_CERT: cert, KOPS_TLS_KEY: key }: TlsConfig): TlsFiles | undefined {
  return cert || key ? tlsFilesOf('KOPS_TLS_', { cert, key }) : undefined
}

/** How often it looks whether the certificate was replaced. */
const lookMs = 30_000

interface TlsServer {
  setSecureContext(options: { cert?: string; key?: string }): void
}

/** Takes a certificate over that was replaced while the service runs. @returns ends it */
export function followCertificate(server: object, files: TlsFiles, everyMs = lookMs): () => void {
  let served = readTlsFiles(files)
  const timer = setInterval(() => {
    const now = readTlsFiles(files)
    if (now === served || !isTlsServer(server)) return
    served = now
    const { cert = '', key = '' } = now.texts
    server.setSecureContext({ cert, key })
  }, everyMs).unref()
  return () => clearInterval(timer)
}

function isTlsServer(server: object): server is TlsServer {
  return 'setSecureContext' in server
}
