import { type Check, check, error, info, type Judgement, ok, unknown, warning } from '../../check.ts'
import type { BrokerSettings } from '../../sources.ts'

/** What a setting of brokers should be in production. */
export interface WantedSetting {
  name: string
  /** In words: `at least 8`. */
  wanted: string
  fits: (value: string) => boolean
  severity: 'error' | 'warning' | 'info'
  /** Why it should. */
  why: string
}

const atLeast = (least: number) => ({ wanted: `at least ${least}`, fits: (value: string) => Number(value) >= least })
/** -1 leaves the size of a socket's buffer to the kernel, which adapts it. */
const atLeastOrKernel = (least: number) => ({
  wanted: `at least ${least}, or -1`,
  fits: (value: string) => value === '-1' || Number(value) >= least
})
const atMost = (most: number) => ({ wanted: `at most ${most}`, fits: (value: string) => Number(value) <= most })

/** The settings of a broker in production. To add one, add a row. */
export const wantedSettings: readonly WantedSetting[] = [
  {
    name: 'default.replication.factor',
    ...atLeast(3),
    severity: 'error',
    why: 'topics that name none are lost with one broker'
  },
  {
    name: 'min.insync.replicas',
    ...atLeast(2),
    severity: 'error',
    why: 'records are acknowledged that only one broker has'
  },
  {
    name: 'unclean.leader.election.enable',
    wanted: 'false',
    fits: (value) => value === 'false',
    severity: 'error',
    why: 'a replica that lags may lead, and drops acknowledged records'
  },
  { name: 'num.network.threads', ...atLeast(8), severity: 'info', why: 'few threads read and write for all clients' },
  { name: 'num.io.threads', ...atLeast(8), severity: 'info', why: 'few threads handle requests' },
  {
    name: 'socket.send.buffer.bytes',
    ...atLeastOrKernel(102_400),
    severity: 'info',
    why: 'small buffers slow distant clients'
  },
  {
    name: 'socket.receive.buffer.bytes',
    ...atLeastOrKernel(102_400),
    severity: 'info',
    why: 'small buffers slow distant clients'
  },
  {
    name: 'socket.request.max.bytes',
    ...atMost(104_857_600),
    severity: 'warning',
    why: 'a single request may fill the heap'
  },
  {
    name: 'log.segment.bytes',
    ...atLeast(1_073_741_824),
    severity: 'info',
    why: 'small segments need many open files'
  },
  {
    name: 'log.retention.check.interval.ms',
    ...atMost(300_000),
    severity: 'warning',
    why: 'records stay long after they are due to go'
  }
]

const severities = { error, warning, info } as const

/** A check for each of them. */
export const brokerSettingChecks: Check[] = wantedSettings.map((row) =>
  check(`production.broker.${row.name}`, ['brokerSettings'], ({ brokerSettings }) => judgeSetting(row, brokerSettings))
)

function judgeSetting(
  { name, wanted, fits, severity, why }: WantedSetting,
  brokers: readonly BrokerSettings[]
): Judgement {
  const values = brokers.map(({ broker, settings }) => ({ broker, value: settings[name] ?? null }))
  const silent = values.filter(({ value }) => value === null).map(({ broker }) => broker)
  const wrong = values.filter(({ value }) => value !== null && !fits(value))
  const advice = `Set it in kafka/templates/server.properties and restart, or kops brokers config set where it is dynamic: ${why}`
  if (wrong.length > 0) {
    const byValue = Map.groupBy(wrong, ({ value }) => value)
    const found = Array.from(byValue, ([value, of]) => `${value} (${of.map(({ broker }) => broker).join(', ')})`).join(
      ', '
    )
    return severities[severity](`${name} is ${found}; production: ${wanted}`, advice)
  }
  if (silent.length > 0 || values.length === 0) {
    return unknown(`${silent.join(', ') || 'no broker'} did not report ${name}`, 'kops brokers list')
  }
  return ok(`${name} is ${[...new Set(values.map(({ value }) => value))].join(', ')}`)
}
