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
        { ...events, process: (partition, offsets) => events.process(partition, offsets.slice(0, -1)) },
        subscription
      )
    case 'jumps-back':
      return create(
        {
          ...events,
          async process(partition, offsets) {
            await events.process(partition, offsets)
            const [first = 0] = offsets
            if (first >= rewind) await events.process(partition, [first - rewind])
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
