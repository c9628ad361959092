/**
 * Sends running services the costliest bodies that each of their schemas allows, four at a time, and fails if a service dies of one:
 * an answer of 500, or none. Lists of valid items are left out, because they would change the cluster; of
 * values of one object that are checked alike, one stands for all.
 *
 *   node test/compose/worst-requests.ts ADMIN_URL HEALTH_URL LOADTEST_URL
 */
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { costlyBodies } from '../unit/costly-requests.ts'

const bodies = { bytes: 1_048_576 - 10_000, everyPlace: false }
const atOnce = 4

const [admin = '', health = '', loadTest = ''] = process.argv.slice(2)
const urls = { admin, health, loadTest }
const requests = all()
const problems: string[] = []
let sent = 0
await Promise.all(Array.from({ length: atOnce }, work))
console.log(`${sent} requests of up to ${bodies.bytes} bytes`)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

function* all(): Generator<{ name: string; method: string; url: string; body: string }> {
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const url = urls[endpoint.service] + endpoint.path.replace(/\{\w+\}/g, 'x1')
    for (const { what, body } of costlyBodies(endpoint, bodies)) {
      if (!what.endsWith('valid items')) yield { name: `${name}: ${what}`, method: endpoint.method, url, body }
    }
  }
}

async function work(): Promise<void> {
  for (const { name, method, url, body } of requests) {
    sent += 1
    try {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(30_000) })
      await answer.arrayBuffer()
      if (answer.status === 500) problems.push(`${name}: 500`)
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? (error.cause ?? error) : error}`)
    }
  }
}
