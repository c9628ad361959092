import { useReading } from '../app/use-reading.ts'
import { Empty, ReadingView } from '../ui/states.tsx'
import { GroupTable } from './group-table.tsx'

/** The groups whose last reading has this topic among their partitions. */
export function TopicGroups({ topic }: { topic: string }) {
  const groups = useReading('GET /api/health/groups', { query: { sort: 'worst' as const, topic, limit: 1000 } }, 5000)
  return (
    <ReadingView reading={groups} what="the consumer groups">
      {(value) =>
        value.groups.length === 0 ? (
          <Empty what="consumer groups of this topic" filtered={false} />
        ) : (
          <GroupTable label={`Consumer groups of ${topic}`} groups={value.groups} />
        )
      }
    </ReadingView>
  )
}
