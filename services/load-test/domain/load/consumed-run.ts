import type { ConsumeEngine, PreparedGroup, Produced } from './consume-port.ts'
import type { LoadOrder, PreparedLoad } from './engine-port.ts'
import { createMeasurement, type Measurement } from './measurement.ts'
import { isolationOf } from './transactions.ts'

export interface ConsumedRunParts {
  /** @throws KopsError like LoadEngine.prepare() */
  prepare: (order: LoadOrder) => Promise<PreparedLoad>
  consume: Pick<ConsumeEngine, 'prepare'>
}

/** A run that reports more than the seconds of its producers. */
export interface ObservedLoad extends Omit<PreparedLoad, 'run'> {
  /** @param onProgress is called when the measurement has something new */
  run(...args: [...Parameters<PreparedLoad['run']>, onProgress: () => void]): ReturnType<PreparedLoad['run']>
}

/**
 * A run with consumer groups in the form of any other: its producers, and then its groups, have ended when it has.
 * @param groups names of the groups of the workload, in their order
 * @throws KopsError if producers or groups cannot be prepared
 */
export async function prepareConsumed(
  order: LoadOrder,
  groups: readonly string[],
  { prepare, consume }: ConsumedRunParts
): Promise<{ load: ObservedLoad; measurement: Measurement }> {
  const { topic, workload, seed } = order
  const measurement = createMeasurement(workload, seed, groups)
  const load = await prepare(order)
  const settled = await Promise.allSettled(
    workload.consumers.map(async (consumers, index) => {
      const group = groups[index] ?? ''
      const isolation = isolationOf(consumers, workload)
      return consume.prepare({ topic, group, index, consumers, run: seed, headers: workload.headers, isolation })
    })
  )
  const prepared = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const close = async () => void (await Promise.all([load, ...prepared].map((each) => each.close())))
  const refused = settled.find((each) => each.status === 'rejected')
  if (refused) {
    await close()
    throw refused.reason
  }

  async function run(...[signal, onSecond, onProgress]: Parameters<ObservedLoad['run']>) {
    const stop = new AbortController()
    const either = AbortSignal.any([signal, stop.signal])
    const produced = Promise.withResolvers<Produced>()
    const follow = async (group: PreparedGroup, index: number) => {
      const end = await group.run(either, consumed, produced.promise)
      measurement.groupEnded(index, end)
    }
    const consumed: Parameters<PreparedGroup['run']>[1] = (second) => {
      measurement.consumed(second)
      onProgress()
    }
    // Without one of its groups a run says nothing about it: its producers stop too.
    const following = Promise.all(prepared.map(follow))
    following.catch((error: unknown) => stop.abort(error))
    try {
      const { durationMs } = await load.run(either, onSecond)
      measurement.producersEnded()
      produced.resolve({ records: measurement.readable() })
      await following
      return { durationMs }
    } finally {
      stop.abort()
      await following.catch(() => undefined)
    }
  }

  return { load: { ...load, run, close }, measurement }
}
