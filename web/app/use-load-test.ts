import { useEffect, useMemo, useState } from 'preact/hooks'
import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { runSource } from '../live/run-source.ts'
import { serverNow } from '../state/clock.ts'
import { hasGap, type RunTail, reportWith, withEvent } from '../state/run-seconds.ts'
import { type ReadingInUse, useReading } from './use-reading.ts'

/** While the stream brings what happens; without it; and once nothing happens any more. */
const pacesMs = { live: 60_000, lost: 2000, ended: 600_000 }

export interface LoadTestInUse extends ReadingInUse<LoadTestReport> {
  /** When something of a run that goes on last arrived. */
  asOf: string | undefined
}

/** One load test second by second: its report, and while it goes on what its stream adds. */
export function useLoadTest(id: string): LoadTestInUse {
  const [pace, setPace] = useState<keyof typeof pacesMs>('lost')
  const [tail, setTail] = useState<RunTail | undefined>(undefined)
  const [asOf, setAsOf] = useState<string | undefined>(undefined)
  const reading = useReading('GET /api/loadtest/runs/{id}/report', { params: { id } }, pacesMs[pace])
  const report = useMemo(() => reading.value && reportWith(reading.value, tail), [reading.value, tail])
  const isUnderWay = report !== undefined && report.run.finishedAt === null
  const lacks = isUnderWay && hasGap(report.seconds)

  useEffect(() => {
    if (!isUnderWay) return
    return runSource(id).open({
      onEvent(run) {
        setTail((before) => withEvent(before, run))
        setAsOf(new Date(serverNow()).toISOString())
        setPace('live')
        // The report has what the stream leaves out: partitions, and the spectrum.
        if (run.finishedAt !== null) void reading.refresh()
      },
      onLost: () => setPace('lost')
    })
  }, [id, isUnderWay])
  useEffect(() => {
    if (lacks) void reading.refresh()
  }, [lacks])
  useEffect(() => {
    if (report && !isUnderWay) setPace('ended')
  }, [report !== undefined && !isUnderWay])

  return { ...reading, value: report, asOf: isUnderWay ? asOf : undefined }
}
