import { readSecret } from '../secret-settings.ts'

/** The address of the HTTP API of Prometheus, Alertmanager or Kafka Connect, with credentials. */
export interface Address {
  /** Origin and path, without a slash at the end and without credentials. */
  place: string
  /** The header with the login, where the URL has a user. @throws Error if the file with the password cannot be read */
  authorization(): { authorization?: string }
}

/** Whose API it is: the settings begin like this. */
export type Owner = 'KOPS_PROMETHEUS' | 'KOPS_ALERTMANAGER' | 'KOPS_CONNECT'

/**
 * @param url http or https, with a path before /api, user and password if the API needs them
 * @param passwordFile the file with the password of the user in the URL; empty: none. It is read now, so that a wrong one
 * shows, and for each request, so that the password can be replaced
 * @throws Error naming the setting, without the password, if the URL is invalid or the file cannot be used
 */
export function readAddress(owner: Owner, url: string, passwordFile: string): Address {
  const setting = `${owner}_PASSWORD_FILE`
  const parsed = URL.parse(url)
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new Error(`${owner}_URL is not an http or https URL`)
  }
  const { username, password, origin, pathname } = parsed
  if (passwordFile !== '' && (username === '' || password !== '')) {
    throw new Error(`${setting} needs a user, and no password, in ${owner}_URL`)
  }
  const secret = () => (passwordFile === '' ? decodeURIComponent(password) : readSecret(setting, passwordFile))
  const user = decodeURIComponent(username)
  secret()
  return {
    place: `${origin}${pathname.replace(/\/+$/, '')}`,
    authorization: () => (user === '' ? {} : { authorization: basicAuthorization(user, secret()) })
  }
}

/** The value of the header of HTTP basic authentication (RFC 7617). */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
