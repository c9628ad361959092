import { aclOperations } from '#shared/contracts/acl-names.ts'
import type { Acl } from '#shared/contracts/acls.ts'
import { query, setQuery } from '../app/location.ts'
import { addressOf } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { CommandLine } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { type Column, DataTable, linkColumn } from '../ui/data-table.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchForm, type SearchInput } from '../ui/search-form.tsx'
import { Empty, Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { CreateAcls, DeleteAcls, permissionChoices, removeAcls, resourceChoices } from './acl-changes.tsx'
import { aclFilter, aclInWords, resourceInWords, rightsOn, typeInWords } from './acl-rights.ts'

const everyMs = 30_000
const filterNames = ['type', 'name', 'pattern', 'principal', 'host', 'operation', 'permission']

const columns: readonly Column<Acl>[] = [
  linkColumn('principal', 'Principal', ({ principal }) => [principal, addressOf(['acls'], { principal })]),
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
        {acl.host !== '*' && (
          <>
            {' '}
            from <code>{acl.host}</code>
          </>
        )}
      </>
    )
  }
]

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
          <SearchForm label="Filter ACLs" fields={searchFields} verb="Filter" />
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
                      keyOf={aclInWords}
                      actions={(acl) => [
                        {
                          label: 'All that apply to the resource',
                          to: addressOf(['acls'], { type: acl.resourceType, name: acl.resourceName, pattern: 'MATCH' })
                        },
                        {
                          label: 'Delete',
                          to: addressOf(['acls'], { ...addressParts(acl), do: 'delete' }),
                          route: removeAcls,
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
  const { resourceType, resourceName, patternType, principal, host, operation, permission } = acl
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

const searchFields: readonly SearchInput[] = [
  { name: 'principal', label: 'Principal', placeholder: 'User:alice', main: true },
  { name: 'type', label: 'Resource', choices: [['', 'any'], ...resourceChoices] },
  { name: 'name', label: 'Named' },
  {
    name: 'pattern',
    label: 'Which of them',
    choices: [
      ['', 'with just this name or prefix'],
      ['MATCH', 'all that apply to it'],
      ['LITERAL', 'by the name only'],
      ['PREFIXED', 'by the prefix only']
    ]
  },
  {
    name: 'operation',
    label: 'Operation',
    choices: [['', 'any'], ...aclOperations.map((each) => [each, each] as const)]
  },
  { name: 'permission', label: 'Permission', choices: [['', 'any'], ...permissionChoices] }
]

/** What all ACLs of one resource amount to. */
function RightsOf({ type, name, acls }: { type: Acl['resourceType']; name: string; acls: readonly Acl[] }) {
  return (
    <section aria-labelledby="rights-heading">
      <h2 id="rights-heading">
        Who may do what: {typeInWords(type)} {name}
      </h2>
      <section class="rows-frame" aria-label="Rights" tabIndex={0}>
        <table class="plan">
          <thead>
            <tr>
              <th scope="col">Principal</th>
              <th scope="col">May</th>
              <th scope="col">Must not</th>
            </tr>
          </thead>
          <tbody>
            {rightsOn(type, acls).map(({ principal, host, may, denied }) => (
              <tr key={`${principal} ${host}`}>
                <th scope="row">
                  {principal}
                  {host !== '*' && ` from ${host}`}
                </th>
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
