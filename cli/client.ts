import { type Client, createClient } from '#shared/client/client.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import { authoritiesFromEnvironment, tokenFromEnvironment } from './config.ts'

/** A client of the services of a cluster on this machine; the token of KOPS_TOKEN goes with it. */
export function clientOf({ ports }: Pick<ClusterDefinition, 'ports'>): Client {
  const local = (port: number) => `http://127.0.0.1:${port}`
  return createClient({
    urls: { admin: local(ports.admin), health: local(ports.health), loadTest: local(ports.loadTest) },
    token: tokenFromEnvironment(),
    ca: authoritiesFromEnvironment()
  })
}
