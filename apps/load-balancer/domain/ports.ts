import type { SubscribedRecord } from '#shared/kafka/subscribing/port.ts'

/** Where records go that break their schema: the topic with `.dlq` behind its name. */
export interface DeadLetters {
  /**
   * Resolves once every in-sync replica has it, with key, value and headers as they were and those of a dead letter beside them. Tries
   * until then; rejects only when there is no more time.
   */
  put(partition: number, record: SubscribedRecord, problem: { errorClass: string; message: string }): Promise<void>
}
