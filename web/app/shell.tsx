import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '#shared/contracts/common.ts'
import { durationSince } from '../format/time.ts'
import { silentSince } from '../live/stream-contact.ts'
import { isOpenAlert } from '../pages/open-alerts.ts'
import { now } from '../state/clock.ts'
import { choose, preferences, type Theme } from '../state/preferences.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Offline, WithoutService } from '../ui/states.tsx'
import { markOfStatus, StatusMark } from '../ui/status-mark.tsx'
import { Age } from '../ui/values.tsx'
import { CurrentPage } from './current-page.tsx'
import { HelpDialog } from './help.tsx'
import { page, path } from './location.ts'
import { type NavigationItem, navigation } from './pages.ts'
import { Palette } from './palette.tsx'
import { RunStrip } from './run-strip.tsx'
import { caller, contact, isReached, serviceContacts, streamContact } from './runtime.ts'
import { useKeys } from './use-keys.ts'
import { useReading } from './use-reading.ts'

/** How often the status is read, besides after each change. */
const statusMs = 5000

/** Everything around the page. */
export function Shell({ identityProblem }: { identityProblem: Problem | undefined }) {
  const [open, setOpen] = useState<'palette' | 'help' | 'navigation' | undefined>(undefined)
  const close = () => setOpen(undefined)
  useKeys({ openPalette: () => setOpen('palette'), openHelp: () => setOpen('help') })
  useEffect(() => {
    document.documentElement.dataset['density'] = preferences.value.density
  }, [preferences.value.density])
  const first = useRef(true)
  useLayoutEffect(() => {
    // A page that was chosen closes the menu of a narrow window; whoever listens hears that there is another one. Not after the next
    // paint: it would close what was opened meanwhile.
    close()
    if (!first.current) document.getElementById('main')?.focus({ preventScroll: true })
    first.current = false
  }, [path.value])

  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <TopBar
        onFind={() => setOpen('palette')}
        onMenu={() => setOpen(open === 'navigation' ? undefined : 'navigation')}
        menuIsOpen={open === 'navigation'}
      />
      <Navigation isOpen={open === 'navigation'} />
      <div class="content">
        {!isReached.value && <Offline lastAt={contact.value.lastAt} />}
        {identityProblem && isReached.value && (
          <div class="notice notice-degraded" role="status">
            <strong>Who you are is not known yet:</strong> {identityProblem.title}. Nothing can be changed until it is;
            it is asked for again.
          </div>
        )}
        {isReached.value &&
          (['health', 'loadTest'] as const)
            .filter((service) => !serviceContacts.value[service].answers)
            .map((service) => (
              <WithoutService key={service} service={service} contact={serviceContacts.value[service]} />
            ))}
        <RunStrip />
        <main id="main" tabIndex={-1}>
          <CurrentPage />
        </main>
      </div>
      {open === 'palette' && <Palette onClose={close} />}
      {open === 'help' && <HelpDialog onClose={close} />}
    </div>
  )
}

function TopBar({ onFind, onMenu, menuIsOpen }: { onFind: () => void; onMenu: () => void; menuIsOpen: boolean }) {
  const { zone } = preferences.value
  const person = caller.value
  return (
    <header class="topbar">
      <button
        type="button"
        class="quiet menu-button"
        aria-expanded={menuIsOpen}
        aria-controls="navigation"
        onClick={onMenu}
      >
        <Icon name="menu" />
        <span class="visually-hidden">Menu</span>
      </button>
      <a class="brand" href="/">
        kops
      </a>
      <ClusterStatus />
      <span class="spacer" />
      <button type="button" class="find" onClick={onFind}>
        <Icon name="search" />
        <span class="find-word">Find</span>
        <kbd>Ctrl K</kbd>
      </button>
      <button
        type="button"
        class="quiet zone"
        onClick={() => choose({ zone: zone === 'utc' ? 'local' : 'utc' })}
        title="Zone of all times, shown and typed"
      >
        <span class="visually-hidden">Zone of times: </span>
        {zone === 'utc' ? 'UTC' : 'Local'}
      </button>
      <ThemeButton />
      {person && (
        <a class="person" href="/settings" title={`You are ${person.name}, with the role ${person.role}`}>
          <span class="person-name">{person.name}</span> <span class="role">{person.role}</span>
        </a>
      )}
    </header>
  )
}

/** The cluster's status, how old that is, and whether changes arrive by themselves. */
function ClusterStatus() {
  const { value, problem } = useReading('GET /api/health/status', undefined, statusMs)
  const silent = silentSince(streamContact.value, now.value)
  return (
    <span class="cluster-status">
      {problem || value === undefined ? (
        <StatusMark mark="unknown" word={problem ? 'Status not known' : 'Reading …'} />
      ) : (
        <StatusMark mark={markOfStatus[value.status]} word={value.status} />
      )}
      {value && <Age asOf={value.asOf} everyMs={statusMs} />}
      {silent !== undefined && (
        <span class="text-degraded not-live" title="Changes do not arrive by themselves; pages are read at intervals">
          not live for {durationSince(silent, now.value)}
        </span>
      )}
      {/* Says changes of the status and nothing else: a page that speaks with every reading is switched off. */}
      <span class="visually-hidden" aria-live="polite">
        {value && `The cluster is ${problem ? 'out of sight' : value.status}`}
      </span>
    </span>
  )
}

const themes: Record<Theme, { next: Theme; icon: IconName; label: string }> = {
  system: { next: 'light', icon: 'sunMoon', label: 'as the system' },
  light: { next: 'dark', icon: 'sun', label: 'light' },
  dark: { next: 'system', icon: 'moon', label: 'dark' }
}

function ThemeButton() {
  const { next, icon, label } = themes[preferences.value.theme]
  return (
    <button type="button" class="quiet" onClick={() => choose({ theme: next })} title={`Theme: ${label}`}>
      <Icon name={icon} />
      <span class="visually-hidden">Theme: {label}</span>
    </button>
  )
}

const icons: Record<NavigationItem['name'], IconName> = {
  '': 'house',
  topics: 'layers',
  groups: 'users',
  brokers: 'server',
  reassignments: 'move',
  load: 'chart',
  capacity: 'gauge',
  drills: 'zap',
  alerts: 'bell',
  catalogs: 'files',
  acls: 'key',
  'dead-letters': 'inbox',
  connect: 'plug',
  audit: 'scroll',
  settings: 'settings'
}

function Navigation({ isOpen }: { isOpen: boolean }) {
  const current = path.value.split('/')[1] ?? ''
  const alerts = useReading('GET /api/alerts', { query: { status: 'firing' } }, statusMs)
  const firing = alerts.value?.alerts.filter(isOpenAlert).length ?? 0
  return (
    <nav id="navigation" class={isOpen ? 'open' : ''} aria-label="Pages">
      {navigation.map((items) => (
        <ul key={items[0]?.name}>
          {items.map(({ name, label, key }) => (
            <li key={name}>
              <a
                href={`/${name}`}
                aria-current={name === current && page.value.page !== 'unknown' ? 'page' : undefined}
                title={key && `Keys: g ${key}`}
              >
                <Icon name={icons[name]} />
                {label}
                {name === 'alerts' && firing > 0 && (
                  <span class="badge">
                    {firing}
                    <span class="visually-hidden"> firing</span>
                  </span>
                )}
              </a>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  )
}
