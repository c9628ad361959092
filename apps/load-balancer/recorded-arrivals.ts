import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type BalancedRequest, BalancedRequestSchema } from '#shared/contracts/load-balancer.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { createMessageReader } from '#shared/streams/json-message.ts'
import { arrivals } from './domain/arrivals.ts'

/** Requests as `kops lb generate` makes them, from the time 0 on. The same arguments make the same ones. */
export function recordedArrivals({ requests, rate, seed }: { requests: number; rate: number; seed: number }) {
  const source = arrivals({ rate, startsAt: 0, firstId: 0, random: createRandom(seed) })
  return Array.from({ length: requests }, (): BalancedRequest => source.next().value)
}

/**
 * Requests of a file, one JSON document a line, in the order of their timestamps.
 * @param path `-` is standard input
 * @throws KopsError validation_failed, naming the line
 */
export async function readArrivals(path: string): Promise<BalancedRequest[]> {
  const content = await (path === '-' ? text(process.stdin) : readFile(path, 'utf8')).catch((cause: unknown) => {
    throw fieldError('validation_failed', '--arrivals', `${path} cannot be read`, { cause })
  })
  const read = createMessageReader(BalancedRequestSchema)
  const requests = content.split('\n').flatMap((line, at): BalancedRequest[] => {
    if (line.trim() === '') return []
    const result = read(Buffer.from(line))
    if ('message' in result) return [result.message]
    throw fieldError('validation_failed', '--arrivals', `${path}:${at + 1}: ${result.problem.message}`)
  })
  if (requests.length === 0) throw fieldError('validation_failed', '--arrivals', `${path} has no requests`)
  return requests.toSorted((a, b) => a.timestamp - b.timestamp)
}
