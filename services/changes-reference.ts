import { type Endpoint, type EndpointRole, roles } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { mayCall } from '#shared/http/auth/roles.ts'

const services = { admin: 'admin-service', health: 'health-service', loadTest: 'load-test-service' }

/** What each role may change, as a Markdown table, and the readings that are not every role's: a part of SECURITY.md. */
export function changesReference(): string {
  const all = Object.values<Endpoint>(endpoints)
  const changes = roles.flatMap((role) => all.filter((each) => each.role === role && each.method !== 'GET'))
  const rows = changes.map(
    ({ service, method, path, role, audit, changesNothing }) =>
      `| ${callersOf(role)} | \`${method} ${path}\` | ${services[service]} | ${audit ? `\`${audit}\`${changesNothing ? ' if denied: it changes nothing' : ''}` : 'not audited'} |`
  )
  const others = all
    .filter(({ method, role }) => method === 'GET' && role !== 'viewer')
    .map(({ path, role }) => `\`GET ${path}\` (${callersOf(role)})`)
  return [
    `Every other endpoint reads, and is for ${callersOf('viewer')}, except ${others.join(', ')}.`,
    ['| who | request | of | in the audit trail |', '|---|---|---|---|', ...rows].join('\n')
  ].join('\n\n')
}

function callersOf(needed: EndpointRole): string {
  if (needed === 'public') return 'everyone'
  const callers = roles.filter((role) => mayCall(role, needed))
  const others = roles.filter((role) => !mayCall(role, needed))
  return others.length < 3 ? `every role but ${others.join(' and ')}` : callers.join(', ')
}

const begin = '<!-- changes: npm run docs writes what follows -->'
const end = '<!-- end of changes -->'

/** The page with the present table between its two marks. @throws Error if it lacks them */
export function withChanges(page: string): string {
  const [before, after] = [page.split(begin)[0], page.split(end)[1]]
  if (before === undefined || after === undefined) throw new Error(`the page lacks ${begin} or ${end}`)
  return `${before}${begin}\n\n${changesReference()}\n\n${end}${after}`
}
