import t, { type Test } from 'tap'
import { buildNowhere, type ServiceName } from '../services-without-cluster.ts'

/** A request of each service that needs a role and no cluster. */
const requests: Record<ServiceName, string> = {
  admin: '/api/caller',
  health: '/api/alerts',
  loadTest: '/api/loadtest/stats'
}

for (const [service, url] of Object.entries(requests) as [ServiceName, string][]) {
  const dropped = async (t: Test, publish: string) => {
    // No broker answers, so that the first event fills the queue and each further one is counted.
    const app = await buildNowhere(t, service, { KOPS_EVENTS_PUBLISH: publish, KOPS_EVENTS_QUEUE_MAX: '1' })
    for (let nth = 0; nth < 3; nth += 1) t.equal((await app.inject(url)).statusCode, 200)
    for (const open of ['/livez', '/metrics']) await app.inject(open)
    const lines = (await app.inject('/metrics')).body.split('\n')
    return lines.find((line) => line.startsWith('kops_events_dropped_total{'))
  }
  t.test(`${service} publishes the requests that have a caller with KOPS_EVENTS_PUBLISH=all alone`, async (t) => {
    t.equal(await dropped(t, 'all'), 'kops_events_dropped_total{topic="simple-time-service-requests"} 5')
    t.equal(await dropped(t, 'main'), undefined)
    t.equal(await dropped(t, 'off'), undefined)
  })
}
