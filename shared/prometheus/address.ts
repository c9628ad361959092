/** The address of Prometheus' or Alertmanager's HTTP API, with credentials. */
export interface Address {
  /** Origin and path, without a slash at the end and without credentials. */
  place: string
  /** Value of the header, where the URL has a user. */
  authorization: string | undefined
}

/**
 * @param url http or https, with a path before /api, user and password if the API needs them
 * @param setting the name of the setting, for the error
 * @throws Error, without the password, if the URL is invalid
 */
export function readAddress(url: string, setting: string): Address {
  const parsed = URL.parse(url)
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new Error(`${setting} is not an http or https URL`)
  }
  const { username, password, origin, pathname } = parsed
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    place: `${origin}${pathname.replace(/\/+$/, '')}`,
    authorization: username === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  }
}

/** Reads an answer as text. @throws Error if it exceeds the limit */
export async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
