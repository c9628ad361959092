import { type Static, Type } from 'typebox'
import { secretOf } from '../secret-settings.ts'
import { tlsFilesOf } from '../tls-files.ts'
import type { ExporterAccess } from './exporter.ts'

/** Settings of how exporters are reached that are not open to everyone. */
export const jmxAccessProperties = {
  KOPS_JMX_SSL_CA: Type.String({
    default: '',
    description: 'PEM file of the authorities that signed the exporters’ certificates; empty: plain HTTP'
  }),
  KOPS_JMX_SSL_CERT: Type.String({
    default: '',
    description: 'PEM file of the client certificate, for exporters that require one'
  }),
  KOPS_JMX_SSL_KEY: Type.String({ default: '', description: 'PEM file of the key of KOPS_JMX_SSL_CERT' }),
  KOPS_JMX_USERNAME: Type.String({
    default: '',
    description: 'User name at the exporters (HTTP basic authentication)'
  }),
  KOPS_JMX_PASSWORD: Type.String({ default: '', description: 'Password at the exporters' }),
  KOPS_JMX_PASSWORD_FILE: Type.String({ default: '', description: 'File with that password instead' })
}

const JmxAccessSchema = Type.Object(jmxAccessProperties)

/** @throws Error naming the setting that is not valid */
export function parseJmxAccess(config: Static<typeof JmxAccessSchema>): ExporterAccess {
  const { KOPS_JMX_SSL_CA: ca, KOPS_JMX_SSL_CERT: cert, KOPS_JMX_SSL_KEY: key, KOPS_JMX_USERNAME: username } = config
  if (ca === '' && (cert !== '' || key !== '')) {
    throw new Error('KOPS_JMX_SSL_CERT and KOPS_JMX_SSL_KEY have no effect without KOPS_JMX_SSL_CA')
  }
  const password = secretOf(config, 'KOPS_JMX_PASSWORD')
  if (password && username === '') throw new Error('KOPS_JMX_PASSWORD needs KOPS_JMX_USERNAME')
  if (!password && username !== '') throw new Error('KOPS_JMX_USERNAME needs KOPS_JMX_PASSWORD or its _FILE')
  return {
    tls: ca === '' ? undefined : tlsFilesOf('KOPS_JMX_SSL_', { ca, cert, key }),
    login: password && { username, password }
  }
}
