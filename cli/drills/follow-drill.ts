import { stderr } from 'node:process'
import type { Drill } from '#shared/contracts/drills.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { printData, type ReadOptions } from '../answer.ts'
import { exit } from '../exit-codes.ts'
import { followJobEvents } from '../follow.ts'
import type { Output } from '../output.ts'
import { printEvent, printGuards, printPrediction, printVerdict } from '../print/drill.ts'
import { liveText } from './drill-lines.ts'
import { type AbortedJob, abortTimeoutMs, type DrillClient, followJob } from './follow-job.ts'
import { createLiveLine, type LiveLine } from './live-line.ts'

/** Prints what is new about a drill: its guards and its prediction first, then each event. */
export function createDrillView(line: LiveLine): (drill: Drill) => void {
  let begun = false
  let shown = 0
  return (drill) => {
    const { guards, prediction, timeline, status } = drill
    // Those of a drill that waits are read again when its turn comes.
    const begins = !begun && status !== 'queued'
    if (begins && guards) printGuards(line, drill)
    if (begins && prediction) printPrediction(line, prediction)
    begun ||= begins
    for (const event of timeline.slice(shown)) printEvent(line, event, drill)
    shown = timeline.length
  }
}

/** How a drill is followed and aborted. @param quiet prints nothing while it goes on */
export function drillJob(client: DrillClient, output: Output, quiet: boolean): Omit<AbortedJob<Drill>, 'start'> {
  const silent = { isTTY: false, columns: 80, write: () => true }
  const line = createLiveLine(quiet ? { ...output, print() {} } : output, quiet ? silent : stderr)
  return {
    noun: 'drill',
    line,
    follow: (id, signal) =>
      followJob(
        {
          line,
          states: (ending, lost) =>
            followJobEvents(client, endpoints.watchDrill, { params: { id }, signal: ending }, lost),
          show: createDrillView(line),
          live: liveText
        },
        signal
      ),
    abort: (id) => client.call(endpoints.cancelDrill, { params: { id }, timeoutMs: abortTimeoutMs }),
    read: (id) => client.call(endpoints.drill, { params: { id } })
  }
}

/** Shows how a drill ended. The exit code is 0 for a pass, 5 otherwise; that of an interruption stays. */
export function concludeDrill(output: Output, drill: Drill, { json }: ReadOptions): void {
  if (json) printData(output, json, drill)
  else printVerdict(output, drill)
  concludeWith(drill.verdict?.result)
}

/** The exit code of a verdict. */
export function concludeWith(result: string | undefined): void {
  if (result !== 'pass') process.exitCode ||= exit.verdict
}
