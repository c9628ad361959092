import type { Clock } from '#shared/clock.ts'
import type { BrokerSettingsReader } from '#shared/kafka/brokers/port.ts'
import { type BrokerSettings, timingNames } from '#shared/prediction/timings.ts'

/** The settings of the brokers, which change with a restart at most: read seldom, and kept. */
export interface KeptSettings {
  /** The last reading; the same object while there is no other. */
  current(): BrokerSettings
  /** Reads them again if that is due. Resolves also if it fails: the next call tries again. */
  refresh(signal: AbortSignal): Promise<void>
}

export interface KeptSettingsOptions {
  reader: BrokerSettingsReader
  clock: Pick<Clock, 'monotonicMs'>
  /** How long a reading that lacks no broker stays valid. */
  everyMs: number
  deadlineMs: number
}

export function createKeptSettings({ reader, clock, everyMs, deadlineMs }: KeptSettingsOptions): KeptSettings {
  let kept: BrokerSettings = new Map()
  let dueAtMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  async function read(signal: AbortSignal): Promise<void> {
    const { value, warnings } = await reader.brokerSettings(timingNames, { deadlineMs, signal })
    // A broker that is down keeps what it had: that is what it comes back with.
    kept = new Map([...kept, ...value])
    if (warnings.length === 0) dueAtMs = clock.monotonicMs() + everyMs
  }

  return {
    current: () => kept,
    async refresh(signal) {
      if (clock.monotonicMs() < dueAtMs) return
      reading ??= read(signal).finally(() => {
        reading = undefined
      })
      await reading
    }
  }
}
