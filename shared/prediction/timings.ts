import type { KnownCluster, TimingSettings } from './model.ts'

/** Settings of brokers that decide how fast a loss is noticed. */
export const timingNames = [
  'zookeeper.session.timeout.ms',
  'broker.session.timeout.ms',
  'broker.heartbeat.interval.ms',
  'replica.lag.time.max.ms'
] as const
type Setting = (typeof timingNames)[number]

/** Settings by broker id. */
export type BrokerSettings = ReadonlyMap<number, ReadonlyMap<string, string>>

/** Kafka's defaults, for brokers whose settings are unknown. */
const defaults: Record<Setting, number> = {
  'zookeeper.session.timeout.ms': 18_000,
  'broker.session.timeout.ms': 9000,
  'broker.heartbeat.interval.ms': 2000,
  'replica.lag.time.max.ms': 30_000
}

/** The slowest broker's: a prediction is a bound. @returns assumed: settings that none has, of which Kafka's default counts */
export function timingsOf(
  settings: BrokerSettings,
  mode: KnownCluster['mode']
): { timings: TimingSettings; assumed: string[] } {
  const assumed: string[] = []
  const slowest = (setting: Setting) => {
    const values = Array.from(settings.values(), (ofBroker) => Number(ofBroker.get(setting) ?? Number.NaN))
    const known = values.filter((value) => Number.isFinite(value) && value > 0)
    if (known.length > 0) return Math.max(...known)
    assumed.push(setting)
    return defaults[setting]
  }
  const isKraft = mode === 'kraft'
  const timings = {
    sessionTimeoutMs: slowest(isKraft ? 'broker.session.timeout.ms' : 'zookeeper.session.timeout.ms'),
    heartbeatMs: isKraft ? slowest('broker.heartbeat.interval.ms') : defaults['broker.heartbeat.interval.ms'],
    replicaLagMs: slowest('replica.lag.time.max.ms')
  }
  return { timings, assumed }
}
