import type { Caller } from '#shared/contracts/caller.ts'
import { caller, logOut } from '../app/runtime.ts'
import { useShownCall } from '../app/use-reading.ts'
import { choose, type Density, preferences, type Theme } from '../state/preferences.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { Time } from '../ui/values.tsx'

/** Who you are, what you may do, and how this browser shows it. */
export function SettingsPage() {
  useShownCall('GET /api/caller', {})
  const person = caller.value
  return (
    <>
      <PageHeader title="Settings">
        <CopyShownCall />
      </PageHeader>
      <section aria-labelledby="display-heading">
        <h2 id="display-heading">This browser</h2>
        <Display />
      </section>
      {person && (
        <>
          <section aria-labelledby="who-heading">
            <h2 id="who-heading">Who you are</h2>
            <Who person={person} />
          </section>
          <section aria-labelledby="may-heading">
            <h2 id="may-heading">What you may do</h2>
            <May person={person} />
          </section>
          <p class="muted">
            kops {person.version}. <a href="/docs">API</a>.{' '}
            <a href="/assets/licenses.txt">Licenses of what the console is made of</a>.
          </p>
        </>
      )}
    </>
  )
}

function Display() {
  const { theme, zone, density, singleKeys } = preferences.value
  return (
    <div class="form-grid">
      <label for="theme">Theme</label>
      <select
        id="theme"
        value={theme}
        onChange={({ currentTarget }) => choose({ theme: currentTarget.value as Theme })}
      >
        <option value="system">as the system</option>
        <option value="light">light</option>
        <option value="dark">dark</option>
      </select>
      <label for="zone">Times</label>
      <select
        id="zone"
        value={zone}
        onChange={({ currentTarget }) => choose({ zone: currentTarget.value === 'local' ? 'local' : 'utc' })}
      >
        <option value="utc">UTC</option>
        <option value="local">of this machine</option>
      </select>
      <label for="density">Rows</label>
      <select
        id="density"
        value={density}
        onChange={({ currentTarget }) => choose({ density: currentTarget.value as Density })}
      >
        <option value="normal">normal</option>
        <option value="compact">compact</option>
      </select>
      <span>Keys</span>
      <label>
        <input
          type="checkbox"
          checked={singleKeys}
          onChange={({ currentTarget }) => choose({ singleKeys: currentTarget.checked })}
        />{' '}
        single keys act (<kbd>?</kbd> lists them)
      </label>
    </div>
  )
}

function Who({ person }: { person: Caller }) {
  const { name, role, how, topics, expiresAt, sessionExpiresAt } = person
  return (
    <>
      <dl class="pairs">
        <div>
          <dt>Name</dt>
          <dd>
            <strong>{name}</strong>
          </dd>
        </div>
        <div>
          <dt>Role</dt>
          <dd>
            <strong>{role}</strong>
          </dd>
        </div>
        <div>
          <dt>Known by</dt>
          <dd>
            {how === 'anonymous' ? 'nothing: the services ask for no token' : how === 'jwt' ? 'a JWT' : 'a token'}
          </dd>
        </div>
        <div>
          <dt>Topics</dt>
          <dd>{topics === null ? 'all' : topics.join(', ')}</dd>
        </div>
        {how !== 'anonymous' && (
          <div>
            <dt>Valid until</dt>
            <dd>{expiresAt === null ? 'it is revoked' : <Time at={expiresAt} named />}</dd>
          </div>
        )}
        {sessionExpiresAt && (
          <div>
            <dt>Session until</dt>
            <dd>
              <Time at={sessionExpiresAt} named />
            </dd>
          </div>
        )}
      </dl>
      {sessionExpiresAt && (
        <button type="button" onClick={() => void logOut()}>
          Log out
        </button>
      )}
    </>
  )
}

/** From what everyone may to what few may; programs last. */
const roleOrder = ['public', 'viewer', 'reader', 'operator', 'admin', 'metrics', 'webhook']

function May({ person: { permissions } }: { person: Caller }) {
  const groups = Map.groupBy(permissions, ({ role }) => role)
  const sorted = [...groups].toSorted(([a], [b]) => roleOrder.indexOf(a) - roleOrder.indexOf(b))
  return (
    <>
      {sorted.map(([role, rows]) => (
        <details key={role} open={rows.some(({ allowed }) => !allowed)}>
          <summary>
            <StatusMark
              mark={rows.every(({ allowed }) => allowed) ? 'healthy' : 'unknown'}
              word={`${role}: ${rows.filter(({ allowed }) => allowed).length} of ${rows.length}`}
            />
          </summary>
          <ul class="permissions">
            {rows.map(({ endpoint, summary, allowed }) => (
              <li key={endpoint} class={allowed ? '' : 'muted'}>
                {allowed ? '✓' : '✗'}
                <span class="visually-hidden">{allowed ? ' allowed: ' : ' not allowed: '}</span> {summary}{' '}
                <code class="muted">{endpoint}</code>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </>
  )
}
