import { addresses } from '../app/pages.ts'

const tabs = [
  ['/drills', 'Drills'],
  [addresses.scorecard, 'Scorecard'],
  [addresses.gameDays, 'Game days and schedules']
] as const

/** What there is of drills. */
export function DrillTabs({ at }: { at: (typeof tabs)[number][0] }) {
  return (
    <nav class="tabs" aria-label="Drills">
      {tabs.map(([address, label]) => (
        <a key={address} href={address} aria-current={address === at ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  )
}
