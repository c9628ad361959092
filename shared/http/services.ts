import { type Static, Type } from 'typebox'
import type { Endpoint } from '../contracts/endpoint.ts'
import { endpoints } from '../contracts/endpoints.ts'

export type ServiceId = Endpoint['service']

const publicUrl = (service: string, port: number) =>
  Type.String({
    default: '',
    pattern: '^(?:https?://[^\\s/]+(?:/\\S*)?)?$',
    description: `Public address of ${service}, for links; empty: http://localhost:${port}`
  })

/** Public addresses of the three services: each links to the other two. */
export const publicUrlProperties = {
  KOPS_PUBLIC_ADMIN_URL: publicUrl('admin-service', 8081),
  KOPS_PUBLIC_HEALTH_URL: {
    ...publicUrl('health-service', 8082),
    description:
      'Public address of health-service, for links, including those to runbooks; empty: http://localhost and its port. Setup writes it into the alerts too'
  },
  KOPS_PUBLIC_LOADTEST_URL: publicUrl('load-test-service', 8083)
}
const PublicUrlSchema = Type.Object(publicUrlProperties)
export type PublicUrls = Partial<Static<typeof PublicUrlSchema>>

/** One of the three services, as the other two present it. */
export interface Service {
  id: ServiceId
  name: string
  url: string
  colour: string
}

export function servicesOf(urls: PublicUrls): Service[] {
  const at = (url: string | undefined, port: number) => (url || `http://localhost:${port}`).replace(/\/$/, '')
  return [
    { id: 'admin', name: 'admin-service', url: at(urls.KOPS_PUBLIC_ADMIN_URL, 8081), colour: '#1f6feb' },
    { id: 'health', name: 'health-service', url: at(urls.KOPS_PUBLIC_HEALTH_URL, 8082), colour: '#1a7f37' },
    { id: 'loadTest', name: 'load-test-service', url: at(urls.KOPS_PUBLIC_LOADTEST_URL, 8083), colour: '#9a6700' }
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
