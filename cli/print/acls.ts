import type { Acl, AclPlan } from '#shared/contracts/acls.ts'
import { printTable } from '../answer.ts'
import { counted, type Output, paint } from '../output.ts'
import { plain } from '../paint.ts'

const head = ['PRINCIPAL', 'PERMISSION', 'OPERATION', 'RESOURCE', 'HOST']

function row({ principal, permission, operation, resourceType, resourceName, patternType, host }: Acl): string[] {
  const name = `${resourceType.toLowerCase()}:${plain(resourceName)}${patternType === 'PREFIXED' ? '...' : ''}`
  return [plain(principal), permission === 'DENY' ? paint('red', permission) : permission, operation, name, host]
}

export function printAcls(output: Output, acls: Acl[]): void {
  printTable(output, head, acls.map(row), 'No ACLs.')
}

export function printAclPlan(output: Output, { action, dryRun, changes }: AclPlan): void {
  if (changes.length === 0) {
    output.print('No ACL matches: nothing to do.')
    return
  }
  const rows = changes.map((change) => {
    const done = change.applied ? paint('green', `${action}d`) : paint('red', `not ${action}d`)
    return [change.action === 'none' ? 'there already' : dryRun ? `would ${action}` : done, ...row(change.acl)]
  })
  printTable(output, ['', ...head], rows, '')
  const changed = changes.filter((change) => change.action !== 'none' && (dryRun || change.applied)).length
  output.print(`\n${dryRun ? `would ${action}` : `${action}d`} ${counted(changed, 'ACL')}`)
}
