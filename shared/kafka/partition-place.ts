export interface PartitionPlace {
  topic: string
  partition: number
}

/** Key of a partition in maps: `log-events/3`. */
export function placeKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

/** The order of partitions: by topic, then by number. */
export function comparePlaces(a: PartitionPlace, b: PartitionPlace): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}
