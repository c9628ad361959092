import type { CallLimits } from '../upstream/call-limits.ts'

/** One condition on a label. A silence holds back the alerts that match all of its conditions. */
export interface LabelMatcher {
  label: string
  operator: '=' | '!=' | '=~' | '!~'
  value: string
}

/** A firing alert in Alertmanager. */
export interface HeldAlert {
  fingerprint: string
  labels: Record<string, string>
  annotations: Record<string, string>
  /** ISO-8601. */
  startsAt: string
  /** Ids of the silences that hold it back. */
  silencedBy: string[]
  /** Fingerprints of the alerts that explain it. */
  inhibitedBy: string[]
}

export interface HeldAlerts {
  alerts: HeldAlert[]
  /** Alertmanager starts without alerts: until Prometheus has resent all of them, a missing one may still fire. */
  startedAt: Date
}

/** An active or future silence. */
export interface Silence {
  id: string
  state: 'active' | 'pending'
  matchers: LabelMatcher[]
  /** ISO-8601, both. */
  startsAt: string
  endsAt: string
  createdBy: string
  comment: string
}

export type NewSilence = Omit<Silence, 'id' | 'state'>

/**
 * An Alertmanager. Every method throws KopsError alertmanager_unreachable if it does not answer in time, or with an
 * unexpected response.
 */
export interface Alertmanager {
  /**
   * The firing alerts that match, including silenced and inhibited ones.
   * @throws KopsError validation_failed if Alertmanager refuses the matchers
   */
  alerts(matchers: readonly LabelMatcher[], limits: CallLimits): Promise<HeldAlerts>
  /** Silences that have not ended. */
  silences(limits: CallLimits): Promise<Silence[]>
  /** Resolves to its id. @throws KopsError validation_failed when Alertmanager refuses it */
  silence(silence: NewSilence, limits: CallLimits): Promise<string>
  /** Ends a silence now. @throws KopsError maintenance_not_found when there is none of this id */
  expire(id: string, limits: CallLimits): Promise<void>
  close(): Promise<void>
}
