/** Values by topic and partition. Each sweep looks up thousands: nested maps avoid building a key for each lookup. */
export interface PlaceMap<T> {
  get(topic: string, partition: number): T | undefined
  set(topic: string, partition: number, value: T): void
  delete(topic: string, partition: number): void
  values(): Generator<T>
  readonly size: number
}

export function createPlaceMap<T>(): PlaceMap<T> {
  const topics = new Map<string, Map<number, T>>()
  let size = 0
  return {
    get: (topic, partition) => topics.get(topic)?.get(partition),
    set(topic, partition, value) {
      let ofTopic = topics.get(topic)
      if (ofTopic === undefined) {
        ofTopic = new Map()
        topics.set(topic, ofTopic)
      }
      const before = ofTopic.size
      ofTopic.set(partition, value)
      size += ofTopic.size - before
    },
    delete(topic, partition) {
      const ofTopic = topics.get(topic)
      if (ofTopic?.delete(partition)) size -= 1
      if (ofTopic?.size === 0) topics.delete(topic)
    },
    *values() {
      for (const ofTopic of topics.values()) yield* ofTopic.values()
    },
    get size() {
      return size
    }
  }
}

/** The items of a list, by topic and partition. */
export function byPlace<T extends { topic: string; partition: number }>(items: readonly T[]): PlaceMap<T> {
  const map = createPlaceMap<T>()
  for (const item of items) map.set(item.topic, item.partition, item)
  return map
}
