import type { CallLimits } from '../upstream/call-limits.ts'

export interface RangeQuery {
  /** PromQL. */
  query: string
  from: Date
  to: Date
  stepSeconds: number
}

/** One series of an answer. Points without data are missing. */
export interface RangeSeries {
  labels: Record<string, string>
  /** Seconds since 1970 and the value, which may be NaN or infinite. */
  points: [seconds: number, value: number][]
}

export interface RangeAnswer {
  series: RangeSeries[]
  /** Warnings from Prometheus itself. */
  warnings: string[]
}

/** Queries Prometheus for recorded data. */
export interface PrometheusReader {
  /** @throws KopsError prometheus_unreachable if it does not answer in time, or refuses */
  range(query: RangeQuery, limits: CallLimits): Promise<RangeAnswer>
  close(): Promise<void>
}
