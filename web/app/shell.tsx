import { useEffect, useRef, useState } from 'preact/hooks'
import { durationSince } from '../format/time.ts'
import { isSilent } from '../live/health-state.ts'
import { now } from '../state/clock.ts'
import { choose, preferences, type Theme } from '../state/preferences.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Offline } from '../ui/states.tsx'
import { markOfStatus, StatusMark } from '../ui/status-mark.tsx'
import { Age } from '../ui/values.tsx'
import { CurrentPage } from './current-page.tsx'
import { HelpDialog } from './help.tsx'
import { page, path } from './location.ts'
import { type NavigationItem, navigation } from './pages.ts'
import { Palette } from './palette.tsx'
import { RunStrip } from './run-strip.tsx'
import { caller, contact, isReached, liveHealth } from './runtime.ts'
import { useKeys } from './use-keys.ts'

/** Between two events of a stream that stands. */
const pingMs = 15_000

/** Everything around the page. */
export function Shell() {
  const [open, setOpen] = useState<'palette' | 'help' | 'navigation' | undefined>(undefined)
  const close = () => setOpen(undefined)
  useKeys({ openPalette: () => setOpen('palette'), openHelp: () => setOpen('help') })
  useEffect(() => {
    document.documentElement.dataset['density'] = preferences.value.density
  }, [preferences.value.density])
  const first = useRef(true)
  useEffect(() => {
    // A page that was chosen closes the menu of a narrow window; whoever listens hears that there is another one.
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
        <RunStrip />
        <main id="main" tabIndex={-1}>
          <CurrentPage />
        </main>
      </div>
      <StatusSpoken />
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

/** The cluster's state, as the stream has it, and how old that is. */
function ClusterStatus() {
  const { state, lostAt } = liveHealth.value
  if (state === undefined) {
    return <StatusMark mark="unknown" word={lostAt === undefined ? 'Reading …' : 'health-service does not answer'} />
  }
  const silent = lostAt !== undefined || isSilent(liveHealth.value, now.value)
  return (
    <span class="cluster-status">
      <StatusMark mark={markOfStatus[state.status]} word={state.status} />
      <Age asOf={state.asOf} everyMs={pingMs} />
      {silent && (
        <span class="text-degraded not-live" title="Changes do not arrive by themselves; pages are read at intervals">
          not live{lostAt !== undefined && ` for ${durationSince(lostAt, now.value)}`}
        </span>
      )}
    </span>
  )
}

/** Says changes of the status, and of nothing else: a page that speaks with every reading is switched off. */
function StatusSpoken() {
  const { state } = liveHealth.value
  return (
    <p class="visually-hidden" aria-live="polite">
      {state && `The cluster is ${state.status}`}
    </p>
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
  load: 'chart',
  capacity: 'gauge',
  drills: 'zap',
  alerts: 'bell',
  catalogs: 'files',
  acls: 'key',
  'dead-letters': 'inbox',
  audit: 'scroll',
  settings: 'settings'
}

function Navigation({ isOpen }: { isOpen: boolean }) {
  const current = path.value.split('/')[1] ?? ''
  const firing = liveHealth.value.state?.alerts.length ?? 0
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
