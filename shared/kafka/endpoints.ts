import type { BrokerEndpoint } from './ports.ts'

/**
 * Reads `host:port` items separated by commas; IPv6 addresses stand in brackets. An endpoint named twice counts once.
 * @throws Error, naming the item, when one is not host:port or when there is none
 */
export function parseEndpoints(list: string | readonly string[]): BrokerEndpoint[] {
  const items = [list]
    .flat()
    .flatMap((part) => part.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '')
  if (items.length === 0) throw new Error('No host:port is given')
  const endpoints = new Map<string, BrokerEndpoint>()
  for (const item of items) {
    const endpoint = parse(item)
    endpoints.set(endpointKey(endpoint), endpoint)
  }
  return Array.from(endpoints.values())
}

/** `host:port`, as people write it. */
export function formatEndpoint({ host, port }: BrokerEndpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * What tells two endpoints apart: a configured one and an advertised one are the same broker when their keys are equal.
 * `localhost` and 127.0.0.1 are one host.
 */
export function endpointKey({ host, port }: BrokerEndpoint): string {
  const name = host.toLowerCase()
  return `${name === 'localhost' ? '127.0.0.1' : name}:${port}`
}

/** The name under which kops speaks of a broker. */
export function brokerName(id: number): string {
  return `kafka-${id}`
}

function parse(item: string): BrokerEndpoint {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/i.exec(item)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65535) throw new Error(`"${item}" is not host:port`)
  return { host, port }
}
