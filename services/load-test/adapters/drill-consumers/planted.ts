import type { Subscriber, SubscriberEvents, Subscription } from '#shared/kafka/subscribing/port.ts'
import type { PlantedFailure } from './messages.ts'

const rewind = 5

/** Misleads a member as planted. Only tests do. */
export function plant(
  failure: PlantedFailure,
  events: SubscriberEvents,
  subscription: Subscription,
  create: (misled: SubscriberEvents, subscription: Subscription) => Subscriber
): Subscriber {
  switch (failure) {
    case 'commits-past':
      return create(
        { ...events, process: (partition, records) => events.process(partition, records.slice(0, -1)) },
        subscription
      )
    case 'jumps-back':
      return create(
        {
          ...events,
          async process(partition, records) {
            await events.process(partition, records)
            const [first] = records
            if (first && first.offset >= rewind) {
              await events.process(partition, [{ ...first, offset: first.offset - rewind }])
            }
          }
        },
        subscription
      )
    // As if it had never learned that it lost them.
    case 'keeps-partitions':
      return create(
        { ...events, onCommitted: () => undefined },
        { ...subscription, group: `${subscription.group}-aside` }
      )
  }
}
