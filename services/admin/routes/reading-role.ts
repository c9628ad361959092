import type { FastifyRequest } from 'fastify'
import { KopsError } from '#shared/errors/catalog.ts'
import { mayCall } from '#shared/http/auth/roles.ts'
import type { TopicsPorts } from '../topics-plugin.ts'

/** The audit trail has a role of its own, however it is read. @throws KopsError forbidden */
export function assertMayRead(
  { readingRole }: Pick<TopicsPorts['reserved'], 'readingRole'>,
  { principal }: Pick<FastifyRequest, 'principal'>,
  topic: string
): void {
  const needed = readingRole(topic)
  if (needed === undefined || (principal && mayCall(principal.role, needed))) return
  throw new KopsError('forbidden', `the records of ${topic} require the role ${needed}`)
}
