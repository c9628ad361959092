import { type Command, InvalidArgumentError, Option } from 'commander'
import { aclOperations, aclResourceTypes } from '#shared/contracts/acl-names.ts'
import type { AclFilter } from '#shared/contracts/acls.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ReadOptions, show, tellNextPage } from '../answer.ts'
import { type ChangeOptions, carryOut, type DestroyOptions, destroy } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { changes, destroys, examples, reads, wholeNumber } from '../options.ts'
import { UsageError } from '../output.ts'
import { printAclPlan, printAcls } from '../print/acls.ts'

type Operation = (typeof aclOperations)[number]

interface Resource {
  resourceType: (typeof aclResourceTypes)[number]
  resourceName: string
}

interface FilterOptions {
  resource?: Resource
  pattern?: Exclude<AclFilter['patternType'], undefined>
  principal?: string
  host?: string
  operation?: Operation
  permission?: 'ALLOW' | 'DENY'
}

interface CreateOptions extends ChangeOptions {
  resource: Resource
  prefix?: boolean
  principal: string
  operation: Operation[]
  host?: string
  deny?: boolean
  reason?: string
}

/** `kops acls …`; a cluster without an authorizer refuses them. */
export function addAclCommands(acls: Command, context: CommandContext): void {
  const { output } = context
  examples(
    acls,
    'acls list --principal User:alice',
    'acls create --principal User:alice --resource topic:log- --prefix --operation READ DESCRIBE',
    'acls delete --principal User:alice --dry-run'
  )

  filters(
    reads(
      acls
        .command('list')
        .description('list ACLs that match a filter, by default all')
        .option('--limit <count>', 'how many at most', wholeNumber)
        .option('--cursor <cursor>', 'continue where a list ended')
    )
  ).action(async (options: FilterOptions & ReadOptions & { limit?: number; cursor?: string }) => {
    const { limit, cursor } = options
    const client = await clientFor(context)
    const list = await client.call(endpoints.listAcls, { query: given({ ...filterOf(options), limit, cursor }) })
    show(output, options, list, () => {
      printAcls(output, list.acls)
      tellNextPage(output, list)
    })
  })

  examples(
    changes(
      acls
        .command('create')
        .description('allow an operation, or deny it with --deny')
        .requiredOption('--principal <principal>', 'principal, such as User:alice')
        .requiredOption('--resource <resource>', resourceHelp, resource)
        .addOption(new Option('--operation <operations...>', 'what').choices(aclOperations).makeOptionMandatory())
        .option('--prefix', 'all resources whose names start with this')
        .option('--host <address>', 'from there only')
        .option('--deny', 'deny instead of allowing')
        .option('--reason <text>', 'reason for the audit trail')
    ),
    'acls create --principal User:indexer --resource group:log-indexer --operation READ'
  ).action(async (options: CreateOptions) => {
    const { principal, host, prefix, deny, reason } = options
    const acls = options.operation.map((operation) =>
      given({
        ...options.resource,
        patternType: prefix ? ('PREFIXED' as const) : undefined,
        principal,
        host,
        operation,
        permission: deny ? ('DENY' as const) : undefined
      })
    )
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.createAcls, { query: given({ reason, dryRun }), body: { acls } }),
      print: printAclPlan,
      failed: isPartial
    })
  })

  filters(
    destroys(
      acls
        .command('delete')
        .description('delete the ACLs that match a filter, after confirmation')
        .option('--reason <text>', 'reason for the audit trail')
    )
  ).action(async (options: FilterOptions & DestroyOptions & { reason?: string }) => {
    const filter = filterOf(options)
    if (Object.keys(filter).length === 0)
      throw new UsageError('without a filter, all ACLs would be deleted: name at least one')
    const client = await clientFor(context)
    await destroy(context, options, 'delete', {
      call: (dryRun) =>
        client.call(endpoints.deleteAcls, { query: { ...filter, ...given({ reason: options.reason }), dryRun } }),
      print: printAclPlan,
      failed: isPartial
    })
  })
}

function isPartial({ dryRun, changes }: { dryRun: boolean; changes: { action: string; applied: boolean }[] }): boolean {
  return !dryRun && changes.some(({ action, applied }) => action !== 'none' && !applied)
}

const resourceHelp = 'resource: topic:orders, group:indexer, cluster, transactional_id:…, user:…'

function filters(command: Command): Command {
  return command
    .option('--principal <principal>', 'only for this principal: User:alice')
    .option('--resource <resource>', resourceHelp, resource)
    .addOption(
      new Option('--pattern <type>', 'how to match the name of --resource; MATCH: all that apply to it').choices([
        'LITERAL',
        'PREFIXED',
        'ANY',
        'MATCH'
      ])
    )
    .addOption(new Option('--operation <operation>', 'only for this operation').choices(aclOperations))
    .addOption(new Option('--permission <permission>', 'ALLOW or DENY').choices(['ALLOW', 'DENY']))
    .option('--host <address>', 'of this one only')
}

function filterOf({ resource, pattern, principal, host, operation, permission }: FilterOptions): AclFilter {
  return given({ ...resource, patternType: pattern, principal, host, operation, permission })
}

function resource(value: string): Resource {
  const at = value.indexOf(':')
  const type = (at < 0 ? value : value.slice(0, at)).toUpperCase().replace('-', '_')
  const resourceType = aclResourceTypes.find((each) => each === type)
  const resourceName = at < 0 ? (type === 'CLUSTER' ? 'kafka-cluster' : '') : value.slice(at + 1)
  if (resourceType === undefined || resourceName === '') {
    throw new InvalidArgumentError(`Not type:name with one of ${aclResourceTypes.join(', ').toLowerCase()}.`)
  }
  return { resourceType, resourceName }
}
