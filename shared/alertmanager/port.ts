/** One condition on a label. A silence holds back the alerts that meet all of its own. */
export interface LabelMatcher {
  label: string
  operator: '=' | '!=' | '=~' | '!~'
  value: string
}

/** An alert that fires, as Alertmanager holds it. */
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
  /** Alertmanager begins with no alert: until Prometheus has sent all of them again, one that is missing may fire. */
  startedAt: Date
}

/** A silence that holds back alerts now, or will. */
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

export interface CallLimits {
  deadlineMs: number
  signal?: AbortSignal
}

/**
 * An Alertmanager. Every method throws KopsError alertmanager_unreachable when it does not answer in time, or answers something
 * else than its API promises.
 */
export interface Alertmanager {
  /**
   * The alerts that fire and meet the matchers, silenced and inhibited ones among them.
   * @throws KopsError validation_failed when Alertmanager refuses the matchers
   */
  alerts(matchers: readonly LabelMatcher[], limits: CallLimits): Promise<HeldAlerts>
  /** Those that have not ended. */
  silences(limits: CallLimits): Promise<Silence[]>
  /** Resolves to its id. @throws KopsError validation_failed when Alertmanager refuses it */
  silence(silence: NewSilence, limits: CallLimits): Promise<string>
  /** Ends a silence now. @throws KopsError maintenance_not_found when there is none of this id */
  expire(id: string, limits: CallLimits): Promise<void>
  close(): Promise<void>
}
