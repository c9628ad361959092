import type { Delivery } from '../../kafka/consuming/port.ts'
import type { OutputRecord } from '../../kafka/producing/port.ts'

/** What a processor writes: the task adds the partition, which is that of the input, as far as the topic has as many. */
export type ProcessorOutput = Omit<OutputRecord, 'partition'>

/**
 * What an application does with one partition. It does no input or output: what it has to write and to remember, it hands out,
 * and its task commits all of that at once, with the offset of the input. Whatever it derives from the records depends on them
 * and on what it has restored.
 */
export interface Processor {
  /** A record of its changelog, in their order; after that, the first process(). */
  restore(key: Buffer, value: Buffer | null): void
  /** The next offset of its input according to the changelog; undefined if that is empty. */
  readonly position: number | undefined
  /** @param nowMs of the wall clock */
  process(delivery: Delivery, nowMs: number): void
  /**
   * Between deliveries.
   * @param silentMs since the last one
   * @returns whether there is something to commit
   */
  idle(nowMs: number, silentMs: number): boolean
  /**
   * What the calls since the last take() have to write: results, and the changes of the state for the changelog.
   * @param nextOffset of the input, which the changelog has to have
   */
  take(nextOffset: number): ProcessorOutput[]
  /** Event time in milliseconds since 1970; -Infinity before the first event. */
  readonly watermarkMs: number
}
