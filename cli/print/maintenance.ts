import type { MaintenancePlan, MaintenanceWindow } from '#shared/contracts/maintenance.ts'
import type { Output } from '../output.ts'
import { plain } from '../paint.ts'

export function printStarted(output: Output, { dryRun, window, silenced }: MaintenancePlan): void {
  const goal = `${plain(window.what)} until ${until(window)}`
  output.print(dryRun ? `would hold back ${goal}` : `maintenance ${window.id} holds back ${goal}`)
  output.print(silenced.length === 0 ? 'No matching alert fires now.' : `Firing now: ${silenced.map(plain).join(', ')}`)
  if (!dryRun) output.print(`End it earlier with: kops maintenance end ${window.id}`)
}

export function printEnded(output: Output, { dryRun, window, silenced }: MaintenancePlan): void {
  output.print(`${dryRun ? 'would end' : 'ended'} maintenance ${window.id}: ${described(window).join(', ')}`)
  if (silenced.length > 0) output.print(`Still firing, now notifying: ${silenced.map(plain).join(', ')}`)
}

/** What a window holds back, its owner and its reason. */
export function described({ what, by, reason }: Pick<MaintenanceWindow, 'what' | 'by' | 'reason'>): string[] {
  return [plain(what), plain(by), plain(reason)]
}

export function until({ until }: Pick<MaintenanceWindow, 'until'>): string {
  return until.replace(/\.\d+Z$/, 'Z')
}

/** One line for each active window, for `kops health`. */
export function printMaintenance(output: Output, windows: readonly MaintenanceWindow[]): void {
  for (const window of windows) {
    output.print(
      `  maintenance until ${until(window)} by ${plain(window.by)}: ${plain(window.reason)} (${plain(window.what)})`
    )
  }
}
