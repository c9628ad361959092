import { type Static, Type } from 'typebox'
import type { Endpoint } from '../contracts/endpoint.ts'
import { endpoints } from '../contracts/endpoints.ts'

export type ServiceId = Endpoint['service']

const publicUrl = (service: string, port: number) =>
  Type.String({
    default: '',
    pattern: '^(?:https?://[^\\s/]+(?:/\\S*)?)?$',
    description: `Public address of ${service}, for links and for its own pages behind a proxy; empty: http://localhost:${port}`
  })

/** Public addresses of the three services: each links to the other two. */
export const publicUrlProperties = {
  KOPS_PUBLIC_ADMIN_URL: publicUrl('admin-service', 8081),
  KOPS_PUBLIC_HEALTH_URL: {
    ...publicUrl('health-service', 8082),
    description:
      'Public address of health-service, for links, including those to runbooks, and for its own pages behind a proxy; empty: http://localhost and its port. Setup writes it into the alerts too'
  },
  KOPS_PUBLIC_LOADTEST_URL: publicUrl('load-test-service', 8083)
}
const PublicUrlSchema = Type.Object(publicUrlProperties)
export type PublicUrls = Partial<Static<typeof PublicUrlSchema>>

const settings = {
  admin: 'KOPS_PUBLIC_ADMIN_URL',
  health: 'KOPS_PUBLIC_HEALTH_URL',
  loadTest: 'KOPS_PUBLIC_LOADTEST_URL'
} as const satisfies Record<ServiceId, keyof PublicUrls>

/** The public address of a service as configured, undefined where it is not. */
export function publicUrlOf(urls: PublicUrls, id: ServiceId): string | undefined {
  return urls[settings[id]] || undefined
}

/** One of the three services, as the other two present it. */
export interface Service {
  id: ServiceId
  name: string
  url: string
  colour: string
}

export function servicesOf(urls: PublicUrls): Service[] {
  const at = (id: ServiceId, port: number) => (publicUrlOf(urls, id) ?? `http://localhost:${port}`).replace(/\/$/, '')
  return [
    { id: 'admin', name: 'admin-service', url: at('admin', 8081), colour: '#1f6feb' },
    { id: 'health', name: 'health-service', url: at('health', 8082), colour: '#1a7f37' },
    { id: 'loadTest', name: 'load-test-service', url: at('loadTest', 8083), colour: '#9a6700' }
  ]
}

/** The other service that serves a path; undefined if this one does, or none. */
export function ownerOf(path: string, self: ServiceId, services: Service[]): Service | undefined {
  const area = areaOf(path)
  const owners = new Set(
    Object.values<Endpoint>(endpoints)
      .filter((endpoint) => areaOf(endpoint.path) === area)
      .map(({ service }) => service)
  )
  return owners.has(self) ? undefined : services.find(({ id }) => owners.has(id))
}

/** `/api/topics` of `/api/topics/log-events`. */
function areaOf(path: string): string {
  return path.split('/', 3).join('/')
}
