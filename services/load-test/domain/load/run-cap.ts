import type { SecondReport } from './engine-port.ts'

/** What the service lets a run send of which only the cluster knows how much it will be. */
export interface RunCap {
  records: number
  /** Completes "Stopped at …": the setting that says so, with its value. */
  because: string
}

/** How much one run may send. */
export interface SendingLimits {
  maxRecords: number
  /** Of all values, before compression and replication. */
  maxBytes: number
}

/** @param meanBytes of a value */
export function capOf(meanBytes: number, { maxRecords, maxBytes }: SendingLimits): RunCap {
  const inBytes = Math.floor(maxBytes / meanBytes)
  return inBytes < maxRecords
    ? { records: inBytes, because: `KOPS_LOAD_MAX_BYTES: ${inBytes} records are about ${maxBytes} bytes of values` }
    : { records: maxRecords, because: `KOPS_LOAD_MAX_RECORDS: ${maxRecords} records` }
}

interface Capped {
  records: number | null
  producers: number
  cap?: RunCap
}

/** Records of one producer of several, from 0; Infinity if only the time ends the run. */
export function shareOf({ records, producers, cap }: Capped, index: number): number {
  const all = records ?? cap?.records
  return all === undefined ? Number.POSITIVE_INFINITY : Math.ceil((all - index) / producers)
}

/** Notices that a producer of a run has sent all that the cap leaves it, and has stopped. */
export function watchCap(workload: Capped): { add(report: SecondReport): void; reached(): string | undefined } {
  const { cap, producers } = workload
  const sent = new Array<number>(producers).fill(0)
  return {
    add(report) {
      sent[report.producer] = (sent[report.producer] ?? 0) + report.sent
    },
    reached() {
      return cap && sent.some((records, index) => records >= shareOf(workload, index)) ? cap.because : undefined
    }
  }
}
