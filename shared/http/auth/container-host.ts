import { readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'

/**
 * Whether a request comes from this container itself, or from the machine that it runs on. What that machine forwards from a
 * published port arrives from its address in the network, the default gateway; what other containers send does not.
 * @param address of the other end of the connection
 */
export function isContainerHost(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  if (plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'))) return true
  return plain === defaultGateway(readRoutes())
}

/** The default gateway (IPv4) of a routing table as Linux shows it in /proc/net/route; undefined if there is none. */
export function defaultGateway(routes: string): string | undefined {
  for (const line of routes.split('\n').slice(1)) {
    const [, destination, gateway, , , , , mask] = line.split('\t').map((field) => field.trim())
    if (destination !== '00000000' || mask !== '00000000' || !gateway || gateway === '00000000') continue
    // In the byte order of the machine, which is little-endian wherever Node.js is supported.
    return Buffer.from(gateway, 'hex').reverse().join('.')
  }
  return undefined
}

/** Read for each request: a container that is connected to a network again may have another gateway. */
function readRoutes(): string {
  try {
    return readFileSync('/proc/net/route', 'utf8')
  } catch {
    return ''
  }
}
