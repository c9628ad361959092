import type { Acl, AclPlan } from '#shared/contracts/acls.ts'
import { query, setQuery } from '../app/location.ts'
import { useOpened } from '../app/opened.ts'
import { addressOf } from '../app/pages.ts'
import { readings, refusal } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { AskDialog, ChoiceField, TextField, TickField } from '../ui/ask-dialog.tsx'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { PlannedChange } from '../ui/planned-change.tsx'
import { Action, Empty, Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { aclFilter, filterOfAcl, newAcls, operations, resourceInWords, resourceTypes, rightsOn } from './acl-rights.ts'

const everyMs = 30_000
const create = 'POST /api/acls'
const remove = 'DELETE /api/acls'
const filterNames = ['type', 'name', 'pattern', 'principal', 'host', 'operation', 'permission']

const columns: readonly Column<Acl>[] = [
  {
    id: 'principal',
    label: 'Principal',
    phone: 'title',
    cell: ({ principal }) => (
      <a href={addressOf(['acls'], { principal })} data-row-link>
        {principal}
      </a>
    )
  },
  {
    id: 'permission',
    label: 'Permission',
    phone: 'side',
    cell: ({ permission }) => (
      <StatusMark
        mark={permission === 'ALLOW' ? 'healthy' : 'down'}
        word={permission === 'ALLOW' ? 'may' : 'must not'}
      />
    )
  },
  {
    id: 'operation',
    label: 'What',
    phone: 'detail',
    cell: (acl) => (
      <>
        <code>{acl.operation}</code> {resourceInWords(acl)}
      </>
    )
  },
  {
    id: 'host',
    label: 'From',
    phone: 'none',
    cell: ({ host }) => (host === '*' ? <span class="muted">anywhere</span> : <code>{host}</code>)
  }
]

const inWords = (acl: Acl) =>
  `${acl.principal} ${acl.permission} ${acl.operation} ${resourceInWords(acl)}${acl.host === '*' ? '' : ` from ${acl.host}`}`

/** Who may do what: the ACLs, filtered; for one resource, what they amount to. */
export function AclsPage() {
  const filter = aclFilter(query.value)
  const parts = { query: filter }
  const reading = useReading('GET /api/acls', parts, everyMs)
  useShownCall('GET /api/acls', parts)
  const none = reading.problem?.code === 'acls_unavailable'
  const { resourceType, resourceName, patternType } = filter
  return (
    <>
      <PageHeader title="ACLs" asOf={reading.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
        {!none && <CreateAcls />}
      </PageHeader>
      {none ? (
        <NoAuthorizer />
      ) : (
        <>
          <AclFilters />
          <ReadingView reading={reading} what="the ACLs" lines={10}>
            {({ acls, warnings, nextCursor }) => (
              <>
                <Partial warnings={warnings} />
                {resourceType && resourceName && patternType === 'MATCH' && acls.length > 0 && (
                  <RightsOf type={resourceType} name={resourceName} acls={acls} />
                )}
                {acls.length === 0 ? (
                  <Empty
                    what="ACLs"
                    filtered={Object.keys(filter).length > 0}
                    onClear={() => setQuery(Object.fromEntries(filterNames.map((name) => [name, undefined])))}
                  />
                ) : (
                  <>
                    <p class="muted" aria-live="polite">
                      {nextCursor ? `the first ${acls.length}: filter for the others` : counted(acls.length, 'ACL')}.
                      Super users of the brokers need none.
                    </p>
                    <DataTable
                      label="ACLs"
                      columns={columns}
                      rows={acls}
                      keyOf={inWords}
                      actions={(acl) => [
                        {
                          label: 'All that apply to the resource',
                          to: addressOf(['acls'], { type: acl.resourceType, name: acl.resourceName, pattern: 'MATCH' })
                        },
                        {
                          label: 'Delete',
                          to: addressOf(['acls'], { ...addressParts(acl), do: 'delete' }),
                          route: remove,
                          danger: true
                        }
                      ]}
                    />
                  </>
                )}
              </>
            )}
          </ReadingView>
          <DeleteAcls />
        </>
      )}
    </>
  )
}

/** An ACL as parameters of this page. */
function addressParts(acl: Acl) {
  const { resourceType, resourceName, patternType, principal, host, operation, permission } = filterOfAcl(acl)
  return { type: resourceType, name: resourceName, pattern: patternType, principal, host, operation, permission }
}

function NoAuthorizer() {
  return (
    <div class="notice">
      <p>
        <strong>This cluster has no authorizer</strong>: whoever reaches its brokers may do everything, and there are no
        ACLs to show.
      </p>
      <p>
        A secured cluster has one, with TLS between all of its parts, and names of its own for brokers, kops and
        clients. Security is chosen when a cluster is set up: save what you need, then
      </p>
      <p class="todo">
        <CommandLine text="./setup.sh --security sasl_ssl" />
        <CommandLine text="kops doctor" />
      </p>
      <p class="muted">docs/security-of-kafka.md says what each kind of security brings, and what clients then need.</p>
    </div>
  )
}

function AclFilters() {
  const search = query.value
  const submit = (event: Event) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const form = new FormData(event.currentTarget)
    setQuery(
      Object.fromEntries(
        filterNames.filter((name) => form.has(name)).map((name) => [name, String(form.get(name)).trim()])
      )
    )
  }
  const choice = (name: string, label: string, choices: readonly (readonly [string, string])[]) => (
    <label>
      {label}
      <select name={name}>
        {choices.map(([value, words]) => (
          <option key={value} value={value} selected={value === (search.get(name) ?? '')}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
  return (
    <form class="message-search" onSubmit={submit} key={search.toString()} aria-label="Filter ACLs">
      <label>
        Principal
        <input
          name="principal"
          type="search"
          placeholder="User:alice"
          defaultValue={search.get('principal') ?? ''}
          spellcheck={false}
        />
      </label>
      {choice('type', 'Resource', [['', 'any'], ...resourceTypes.map((type) => [type, inLower(type)] as const)])}
      <label>
        Named
        <input name="name" defaultValue={search.get('name') ?? ''} spellcheck={false} />
      </label>
      {choice('pattern', 'Which of them', [
        ['', 'with just this name or prefix'],
        ['MATCH', 'all that apply to it'],
        ['LITERAL', 'by the name only'],
        ['PREFIXED', 'by the prefix only']
      ])}
      {choice('operation', 'Operation', [['', 'any'], ...operations.map((each) => [each, each] as const)])}
      {choice('permission', 'Permission', [
        ['', 'any'],
        ['ALLOW', 'may'],
        ['DENY', 'must not']
      ])}
      <button type="submit" class="primary">
        Filter
      </button>
    </form>
  )
}

const inLower = (type: string) => type.toLowerCase().replace('_', ' ')

/** What all ACLs of one resource amount to. */
function RightsOf({ type, name, acls }: { type: Acl['resourceType']; name: string; acls: readonly Acl[] }) {
  return (
    <section aria-labelledby="rights-heading">
      <h2 id="rights-heading">
        Who may do what: {inLower(type)} {name}
      </h2>
      <section class="rows-frame" aria-label="Rights" tabIndex={0}>
        <table class="plan">
          <thead>
            <tr>
              <th scope="col">Principal</th>
              <th scope="col">From</th>
              <th scope="col">May</th>
              <th scope="col">Must not</th>
            </tr>
          </thead>
          <tbody>
            {rightsOn(type, acls).map(({ principal, host, may, denied }) => (
              <tr key={`${principal} ${host}`}>
                <th scope="row">{principal}</th>
                <td>{host === '*' ? 'anywhere' : host}</td>
                <td>{may.length === 0 ? <span class="muted">nothing</span> : may.join(', ')}</td>
                <td class="text-down">{denied.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="muted">
        A denial wins over every permission; what User:* has, everyone has. Super users may do everything.
      </p>
    </section>
  )
}

function CreateAcls() {
  const { open, show, close } = useOpened('create', create)
  const search = query.value
  return (
    <>
      <Action label="Create ACLs" why={refusal(create)} onClick={show} />
      {open && (
        <PlannedChange
          title="Create ACLs"
          route={create}
          form={(onReady) => (
            <AskDialog
              title="Create ACLs"
              read={newAcls}
              onReady={({ body, reason }) => onReady({ query: reason === undefined ? {} : { reason }, body })}
              onClose={close}
            >
              <TextField
                name="principal"
                label="Principal"
                placeholder="User:alice"
                value={search.get('principal') ?? ''}
              />
              <ChoiceField
                name="permission"
                label="Permission"
                choices={[
                  ['ALLOW', 'may'],
                  ['DENY', 'must not']
                ]}
              />
              <fieldset>
                <legend>Operations</legend>
                <div class="ticks">
                  {operations.map((operation) => (
                    <label key={operation}>
                      <input type="checkbox" name="operation" value={operation} /> {operation}
                    </label>
                  ))}
                </div>
              </fieldset>
              <ChoiceField
                name="type"
                label="Resource"
                choices={resourceTypes.map((type) => [type, inLower(type)])}
                value={search.get('type') ?? undefined}
              />
              <TextField name="name" label="Its name; * is all of them" value={search.get('name') ?? ''} />
              <TickField name="prefix" label="all resources whose names begin with this" />
              <TextField name="host" label="From the address" placeholder="any" />
              <TextField name="reason" label="Reason, for the audit trail" />
            </AskDialog>
          )}
          verb="Create"
          lacks={({ changes }) =>
            changes.every(({ action }) => action === 'none') ? 'They all exist already.' : undefined
          }
          onDone={() => readings.refresh('/api/acls')}
          onClose={close}
        >
          {(plan) => <AclChanges plan={plan} />}
        </PlannedChange>
      )}
    </>
  )
}

/** Deletes the ACLs that the page's filter matches: one, from its menu. */
function DeleteAcls() {
  const { open, show, close } = useOpened('delete', remove)
  const filter = aclFilter(query.value)
  const { patternType: _, ...narrowing } = filter
  const filtered = Object.keys(narrowing).length > 0
  return (
    <>
      {filtered && <Action label="Delete those that match" why={refusal(remove)} onClick={show} kind="danger" />}
      {open && filtered && (
        <PlannedChange
          title="Delete ACLs"
          route={remove}
          parts={{ query: filter }}
          verb="Delete"
          lacks={({ changes }) => (changes.length === 0 ? 'None matches.' : undefined)}
          onDone={() => readings.refresh('/api/acls')}
          onClose={close}
        >
          {(plan) => <AclChanges plan={plan} />}
        </PlannedChange>
      )}
    </>
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
            <li key={inWords(acl)}>
              <Line>
                <span aria-hidden="true">{sign}</span>
                {inWords(acl)}
                {action === 'none' && <span class="muted"> exists already</span>}
              </Line>
            </li>
          )
        })}
      </ul>
    </>
  )
}
