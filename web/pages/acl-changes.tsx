import { aclOperations, aclResourceTypes } from '#shared/contracts/acl-names.ts'
import type { AclPlan } from '#shared/contracts/acls.ts'
import { query } from '../app/location.ts'
import { readings } from '../app/runtime.ts'
import { ChoiceField, TextField, TickField } from '../ui/ask-dialog.tsx'
import { PlannedAction } from '../ui/planned-change.tsx'
import { Partial } from '../ui/states.tsx'
import { aclFilter, aclInWords, newAcls, typeInWords } from './acl-rights.ts'

export const removeAcls = 'DELETE /api/acls'

export const resourceChoices = aclResourceTypes.map((type) => [type, typeInWords(type)] as const)
export const permissionChoices = [
  ['ALLOW', 'may'],
  ['DENY', 'must not']
] as const

const readAgain = () => readings.refresh('/api/acls')

/** One ACL for each operation that is ticked, beginning with what the page is filtered by. */
export function CreateAcls() {
  const search = query.value
  return (
    <PlannedAction
      action="create"
      label="Create ACLs"
      route="POST /api/acls"
      read={newAcls}
      fields={
        <>
          <TextField
            name="principal"
            label="Principal"
            placeholder="User:alice"
            value={search.get('principal') ?? ''}
          />
          <ChoiceField name="permission" label="Permission" choices={permissionChoices} />
          <fieldset>
            <legend>Operations</legend>
            <div class="ticks">
              {aclOperations.map((operation) => (
                <label key={operation}>
                  <input type="checkbox" name="operation" value={operation} /> {operation}
                </label>
              ))}
            </div>
          </fieldset>
          <ChoiceField name="type" label="Resource" choices={resourceChoices} value={search.get('type') ?? undefined} />
          <TextField name="name" label="Its name; * is all of them" value={search.get('name') ?? ''} />
          <TickField name="prefix" label="all resources whose names begin with this" />
          <TextField name="host" label="From the address" placeholder="any" />
          <TextField name="reason" label="Reason, for the audit trail" />
        </>
      }
      verb="Create"
      lacks={({ changes }) =>
        changes.every(({ action }) => action === 'none') ? 'They all exist already.' : undefined
      }
      onDone={readAgain}
    >
      {(plan) => <AclChanges plan={plan} />}
    </PlannedAction>
  )
}

/** Deletes the ACLs that the page's filter matches: one, from its menu. */
export function DeleteAcls() {
  const filter = aclFilter(query.value)
  const { patternType: _, ...narrowing } = filter
  if (Object.keys(narrowing).length === 0) return null
  return (
    <PlannedAction
      action="delete"
      label="Delete those that match"
      title="Delete ACLs"
      kind="danger"
      route={removeAcls}
      parts={{ query: filter }}
      verb="Delete"
      lacks={({ changes }) => (changes.length === 0 ? 'None matches.' : undefined)}
      onDone={readAgain}
    >
      {(plan) => <AclChanges plan={plan} />}
    </PlannedAction>
  )
}

function AclChanges({ plan: { changes, warnings } }: { plan: AclPlan }) {
  return (
    <>
      <Partial warnings={warnings} />
      <ul class="diff" aria-label="What changes">
        {changes.map(({ acl, action }) => {
          const Line = action === 'create' ? 'ins' : action === 'delete' ? 'del' : 'p'
          const sign = action === 'create' ? '+ ' : action === 'delete' ? '− ' : '= '
          return (
            <li key={aclInWords(acl)}>
              <Line>
                <span aria-hidden="true">{sign}</span>
                {aclInWords(acl)}
                {action === 'none' && <span class="muted"> exists already</span>}
              </Line>
            </li>
          )
        })}
      </ul>
    </>
  )
}
