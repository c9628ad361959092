import type { ComponentChildren } from 'preact'
import { AlertsPage } from '../pages/alerts.tsx'
import { AuditPage } from '../pages/audit.tsx'
import { BrokerPage } from '../pages/broker.tsx'
import { BrokersPage } from '../pages/brokers.tsx'
import { GroupPage } from '../pages/group.tsx'
import { GroupsPage } from '../pages/groups.tsx'
import { OverviewPage } from '../pages/overview.tsx'
import { SettingsPage } from '../pages/settings.tsx'
import { TopicPage } from '../pages/topic.tsx'
import { TopicsPage } from '../pages/topics.tsx'
import { UnknownPage } from '../pages/unknown.tsx'
import adminStyles from '../styles/admin.css' with { type: 'address' }
import drillStyles from '../styles/drills.css' with { type: 'address' }
import loadStyles from '../styles/load.css' with { type: 'address' }
import { onDemand } from '../ui/on-demand.tsx'
import { page } from './location.ts'

const DrillsPage = onDemand(() => import('../pages/drills.tsx').then((it) => it.DrillsPage), drillStyles)
const DrillPage = onDemand(() => import('../pages/drill.tsx').then((it) => it.DrillPage), drillStyles)
const NewDrillPage = onDemand(() => import('../pages/drill-new.tsx').then((it) => it.NewDrillPage), drillStyles)
const ScorecardPage = onDemand(() => import('../pages/drill-scorecard.tsx').then((it) => it.ScorecardPage), drillStyles)
const GameDaysPage = onDemand(() => import('../pages/gamedays.tsx').then((it) => it.GameDaysPage), drillStyles)
const GameDayPage = onDemand(() => import('../pages/gamedays.tsx').then((it) => it.GameDayPage), drillStyles)
const NewGameDayPage = onDemand(() => import('../pages/gameday-new.tsx').then((it) => it.NewGameDayPage), drillStyles)
const LoadTestsPage = onDemand(() => import('../pages/load-tests.tsx').then((it) => it.LoadTestsPage), loadStyles)
const LoadTestPage = onDemand(() => import('../pages/load-test.tsx').then((it) => it.LoadTestPage), loadStyles)
const NewLoadTestPage = onDemand(
  () => import('../pages/new-load-test.tsx').then((it) => it.NewLoadTestPage),
  loadStyles
)
const CapacityPage = onDemand(() => import('../pages/capacity.tsx').then((it) => it.CapacityPage), loadStyles)
const CompareLoadTestsPage = onDemand(
  () => import('../pages/compare-load-tests.tsx').then((it) => it.CompareLoadTestsPage),
  loadStyles
)
const AclsPage = onDemand(() => import('../pages/acls.tsx').then((it) => it.AclsPage), adminStyles)
const CatalogPage = onDemand(() => import('../pages/catalog.tsx').then((it) => it.CatalogPage), adminStyles)
const CatalogsPage = onDemand(() => import('../pages/catalogs.tsx').then((it) => it.CatalogsPage), adminStyles)
const ConnectPage = onDemand(() => import('../pages/connect.tsx').then((it) => it.ConnectPage), adminStyles)
const ConnectorPage = onDemand(() => import('../pages/connector.tsx').then((it) => it.ConnectorPage), adminStyles)
const DeadLettersPage = onDemand(
  () => import('../pages/dead-letters.tsx').then((it) => it.DeadLettersPage),
  adminStyles
)
const QueuePage = onDemand(() => import('../pages/dead-letter-queue.tsx').then((it) => it.QueuePage), adminStyles)
const ReassignmentsPage = onDemand(
  () => import('../pages/reassignments.tsx').then((it) => it.ReassignmentsPage),
  adminStyles
)

/** The page of the address. To add one: a row in pages.ts, and a case here. */
export function CurrentPage(): ComponentChildren {
  const at = page.value
  switch (at.page) {
    case 'overview':
      return <OverviewPage />
    case 'topics':
      return <TopicsPage />
    case 'topic':
      return <TopicPage key={at.topic} {...at} />
    case 'groups':
      return <GroupsPage />
    case 'group':
      return <GroupPage key={at.group} group={at.group} />
    case 'brokers':
      return <BrokersPage />
    case 'broker':
      return <BrokerPage key={at.broker} broker={at.broker} />
    case 'load':
      return <LoadTestsPage />
    case 'loadTest':
      return <LoadTestPage key={at.id} id={at.id} />
    case 'newLoadTest':
      return <NewLoadTestPage />
    case 'compareLoadTests':
      return <CompareLoadTestsPage />
    case 'capacity':
      return <CapacityPage />
    case 'drills':
      return <DrillsPage />
    case 'drill':
      return <DrillPage key={at.id} id={at.id} />
    case 'newDrill':
      return <NewDrillPage />
    case 'scorecard':
      return <ScorecardPage />
    case 'gameDays':
      return <GameDaysPage />
    case 'gameDay':
      return <GameDayPage key={at.id} id={at.id} />
    case 'newGameDay':
      return <NewGameDayPage />
    case 'alerts':
      return <AlertsPage />
    case 'reassignments':
      return <ReassignmentsPage />
    case 'catalogs':
      return at.catalog === undefined ? <CatalogsPage /> : <CatalogPage key={at.catalog} name={at.catalog} />
    case 'acls':
      return <AclsPage />
    case 'dead-letters':
      return at.queue === undefined ? <DeadLettersPage /> : <QueuePage key={at.queue} queue={at.queue} />
    case 'connect':
      return at.connector === undefined ? <ConnectPage /> : <ConnectorPage key={at.connector} name={at.connector} />
    case 'audit':
      return <AuditPage />
    case 'settings':
      return <SettingsPage />
    case 'unknown':
      return <UnknownPage />
  }
}
