import { activeWindows, windowMatchers } from '#shared/alertmanager/maintenance.ts'
import type { Alertmanager, LabelMatcher } from '#shared/alertmanager/port.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type {
  MaintenanceList,
  MaintenancePlan,
  MaintenanceWindow,
  StartMaintenance
} from '#shared/contracts/maintenance.ts'
import { KopsError } from '#shared/errors/catalog.ts'

export interface MaintenancePorts {
  alertmanager: Omit<Alertmanager, 'close'>
  /** Labels of this cluster's alerts, if Alertmanager serves several clusters. */
  labels: readonly (readonly [name: string, value: string])[]
  now: () => Date
}

const limits = { deadlineMs: 5000 }

/**
 * Starts a window, or with dryRun plans it.
 * @param by the caller's name
 * @throws KopsError validation_failed if Alertmanager refuses the matchers, alertmanager_unreachable
 */
export async function startMaintenance(
  { alertmanager, labels, now }: MaintenancePorts,
  { durationSeconds, reason, node, matchers: chosen }: StartMaintenance,
  { by, dryRun }: { by: string; dryRun: boolean }
): Promise<MaintenancePlan> {
  const matchers = windowMatchers({ node, matchers: chosen }, labels)
  const silenced = await firing(alertmanager, matchers)
  const startsAt = now()
  const silence = {
    matchers,
    startsAt: startsAt.toISOString(),
    endsAt: new Date(startsAt.getTime() + durationSeconds * 1000).toISOString(),
    createdBy: by,
    comment: reason
  }
  const id = dryRun ? '' : await alertmanager.silence(silence, limits)
  const [window] = activeWindows([{ ...silence, id, state: 'active' }], labels)
  if (!window) throw new KopsError('validation_failed', 'the matchers select alerts of another cluster')
  return {
    dryRun,
    window: { ...window, id: dryRun ? null : id },
    silenced,
    warnings: node === undefined ? [] : [stillNotified(node)]
  }
}

/** An alert about the whole cluster cannot distinguish one broker's maintenance from another's death. */
function stillNotified(node: string): Warning {
  return {
    code: 'cluster_alerts_not_silenced',
    message: `Alerts about the whole cluster, such as KafkaBrokersUnhealthy while ${node} is stopped, still notify; omit the node to hold back everything`,
    target: node
  }
}

/** The active windows. @throws KopsError alertmanager_unreachable */
export async function listMaintenance({ alertmanager, labels }: MaintenancePorts): Promise<MaintenanceList> {
  return { windows: activeWindows(await alertmanager.silences(limits), labels) }
}

/**
 * Ends a window now, or with dryRun plans it.
 * @param seen receives the window before it ends
 * @throws KopsError maintenance_not_found, alertmanager_unreachable
 */
export async function endMaintenance(
  { alertmanager, labels, now }: MaintenancePorts,
  id: string,
  { dryRun, seen }: { dryRun: boolean; seen: (window: MaintenanceWindow) => void }
): Promise<MaintenancePlan> {
  const window = activeWindows(await alertmanager.silences(limits), labels).find((each) => each.id === id)
  if (!window) throw new KopsError('maintenance_not_found', `there is no active maintenance window ${id}`)
  seen(window)
  const silenced = await firing(alertmanager, window.matchers)
  if (!dryRun) await alertmanager.expire(id, limits)
  return { dryRun, window: dryRun ? window : { ...window, until: now().toISOString() }, silenced, warnings: [] }
}

/** Names of the firing alerts that match, without duplicates. */
async function firing(
  alertmanager: MaintenancePorts['alertmanager'],
  matchers: readonly LabelMatcher[]
): Promise<string[]> {
  const { alerts } = await alertmanager.alerts(matchers, limits)
  return [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? 'unnamed'))].sort()
}
