import {
  AclOperations,
  AclPermissionTypes,
  createAclsV3,
  deleteAclsV3,
  describeAclsV2,
  describeAclsV3,
  ResourcePatternTypes,
  ResourceTypes
} from '@platformatic/kafka'
import { aclOperations, aclPatternTypes, aclPermissions, aclResourceTypes } from '../../contracts/acl-names.ts'
import type { Acl, AclFilter } from '../../contracts/acls.ts'
import { isKopsError, KopsError } from '../../errors/catalog.ts'
import { createController, type SendChange } from '../connection/controller.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal, wholeAnswer, wrapKafkaError } from '../connection/errors.ts'
import { askEach, toWarnings } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { poolOf } from '../connection/pool.ts'
import type { Deadline } from '../model.ts'
import { type AclAdmin, type AclReading, aclKey } from './port.ts'

const describeVersions = [describeAclsV3.api, describeAclsV2.api]

/** The AclAdmin port over Kafka's protocol (DescribeAcls, CreateAcls, DeleteAcls; KIP-140, KIP-290). */
export function createAclAdmin(options: ConnectionOptions): AclAdmin {
  const pool = poolOf(options)
  const { brokers } = pool
  const controller = createController({ ...options, pool })
  const closing = new AbortController()

  /** ZooKeeper notifies each broker of a change separately: for a moment they may differ. */
  async function list(filter: AclFilter, options: Deadline): Promise<AclReading> {
    return withDeadline(options, closing.signal, async (signal) => {
      const { answers, failures } = await askEach(await brokers.links(signal), 'Reading ACLs', (link) =>
        describe(link, filter, signal)
      )
      const refused = failures.find(([, error]) => !unanswered(error))
      if (answers.length === 0) {
        throw refused?.[1] ?? new KopsError('cluster_unreachable', 'No broker answers', { cause: failures[0]?.[1] })
      }
      const union = new Map(answers.flatMap(([, acls]) => acls.map((acl) => [aclKey(acl), acl])))
      const behind = answers.filter(([, acls]) => acls.length < union.size)
      return {
        value: Array.from(union)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, acl]) => acl),
        agreed: behind.length === 0,
        warnings: [
          ...toWarnings(failures, brokers.nameOf),
          ...behind.map(([link, acls]) => ({
            code: 'kafka_timeout',
            message: `It has ${acls.length} of these ${union.size} ACLs because it does not know the last change yet`,
            target: brokers.nameOf(link)
          }))
        ]
      }
    })
  }

  async function change<T>(timeoutMs: number, send: SendChange<T>): Promise<T> {
    return controller.change(timeoutMs, send).catch((error: unknown) => {
      throw wrapKafkaError(error, 'Changing ACLs')
    })
  }

  return {
    list,

    async create(acls, { timeoutMs }) {
      const { results } = await change(timeoutMs, (connection) =>
        wholeAnswer(createAclsV3.api.async(connection, acls.map(toWire)))
      )
      return refusalsOf(results)
    },

    async remove(acls, { timeoutMs }) {
      const { filterResults } = await change(timeoutMs, (connection) =>
        wholeAnswer(deleteAclsV3.api.async(connection, acls.map(toWire)))
      )
      const worst = filterResults.map(
        (result) => result.matchingAcls.find(({ errorCode }) => errorCode !== 0) ?? result
      )
      return refusalsOf(worst)
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The service is closing'))
      controller.close()
      pool.close()
    }
  }
}

async function describe(link: BrokerLink, filter: AclFilter, signal: AbortSignal): Promise<Acl[]> {
  const response = await link.request(describeVersions, [filterToWire(filter)], signal)
  if (response.errorCode !== 0) throw refusal(response.errorCode, 'Reading ACLs', response.errorMessage)
  return response.resources.flatMap(({ acls, ...resource }) => acls.flatMap((acl) => fromWire({ ...resource, ...acl })))
}

/** @throws KopsError acls_unavailable if that is the reason: then nothing of the request was done */
function refusalsOf(
  results: { errorCode: number; errorMessage?: string | null | undefined }[]
): Map<number, KopsError> {
  const refusals = new Map<number, KopsError>()
  for (const [index, { errorCode, errorMessage }] of results.entries()) {
    if (errorCode === 0) continue
    const error = refusal(errorCode, 'Changing an ACL', errorMessage)
    if (isKopsError(error, 'acls_unavailable')) throw error
    refusals.set(index, error)
  }
  return refusals
}

function refusal(code: number, what: string, message: string | null | undefined): KopsError {
  if (kafkaErrorName(code) !== 'SECURITY_DISABLED') return kafkaRefusal(code, what, message)
  return new KopsError(
    'acls_unavailable',
    'The brokers have no authorizer (authorizer.class.name), so there are no ACLs, and everyone may do everything',
    { kafkaError: 'SECURITY_DISABLED' }
  )
}

function unanswered(error: KopsError): boolean {
  return isKopsError(error, 'kafka_timeout') || isKopsError(error, 'broker_unreachable')
}

type WireAcl = Parameters<typeof createAclsV3.api.async>[1][number]

function toWire(acl: Acl): WireAcl {
  return {
    resourceType: ResourceTypes[acl.resourceType],
    resourceName: acl.resourceName,
    resourcePatternType: ResourcePatternTypes[acl.patternType],
    principal: acl.principal,
    host: acl.host,
    operation: AclOperations[acl.operation],
    permissionType: AclPermissionTypes[acl.permission]
  }
}

function filterToWire(filter: AclFilter): Parameters<typeof describeAclsV3.api.async>[1] {
  return {
    resourceType: ResourceTypes[filter.resourceType ?? 'ANY'],
    resourceName: filter.resourceName ?? null,
    resourcePatternType: ResourcePatternTypes[filter.patternType ?? 'ANY'],
    principal: filter.principal ?? null,
    host: filter.host ?? null,
    operation: AclOperations[filter.operation ?? 'ANY'],
    permissionType: AclPermissionTypes[filter.permission ?? 'ANY']
  }
}

/** @returns nothing for an ACL that a later version of Kafka knows and kops does not */
function fromWire(wire: WireAcl): Acl[] {
  const resourceType = aclResourceTypes.find((name) => ResourceTypes[name] === wire.resourceType)
  const patternType = aclPatternTypes.find((name) => ResourcePatternTypes[name] === wire.resourcePatternType)
  const operation = aclOperations.find((name) => AclOperations[name] === wire.operation)
  const permission = aclPermissions.find((name) => AclPermissionTypes[name] === wire.permissionType)
  if (!resourceType || !patternType || !operation || !permission) return []
  const { resourceName, principal, host } = wire
  return [{ resourceType, resourceName, patternType, principal, host, operation, permission }]
}
