import type { TopicDetail } from '#shared/contracts/topics.ts'
import { addresses, type TopicTab, topicTabs } from '../app/pages.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { counted } from '../format/numbers.ts'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Partial, ReadingView } from '../ui/states.tsx'
import { type Mark, StatusMark } from '../ui/status-mark.tsx'
import { Bytes } from '../ui/values.tsx'
import { DeleteTopic } from './delete-topic.tsx'
import { MessagesTab } from './messages.tsx'
import { TopicConfig } from './topic-config.tsx'
import { DeletionNotice, RecreateTopic } from './topic-deletion-notice.tsx'
import { TopicGroups } from './topic-groups.tsx'
import { TopicPartitions } from './topic-partitions.tsx'

const everyMs = 5000

interface TopicPageProps {
  topic: string
  tab: TopicTab
  partition?: number
  offset?: number
}

const labels: Record<TopicTab, string> = {
  partitions: 'Partitions',
  config: 'Configuration',
  messages: 'Messages',
  groups: 'Consumer groups'
}

export function TopicPage({ topic, tab, ...message }: TopicPageProps) {
  const parts = { params: { topicName: topic } }
  const reading = useReading('GET /api/topics/{topicName}', parts, everyMs)
  useShownCall('GET /api/topics/{topicName}', parts)
  return (
    <>
      <p class="crumbs">
        <a href="/topics">Topics</a>
      </p>
      <PageHeader title={topic} asOf={reading.value?.asOf} everyMs={everyMs}>
        <CopyShownCall />
        {reading.value && <DeleteTopic topic={topic} />}
      </PageHeader>
      <DeletionNotice topic={topic} />
      <nav class="tabs" aria-label="Of this topic">
        {topicTabs.map((name) => (
          <a key={name} href={addresses.topic(topic, name)} aria-current={name === tab ? 'page' : undefined}>
            {labels[name]}
          </a>
        ))}
      </nav>
      {reading.problem?.code === 'topic_not_found' ? (
        <RecreateTopic topic={topic} onDone={() => void reading.refresh()} />
      ) : tab === 'messages' ? (
        <MessagesTab topic={topic} {...message} />
      ) : tab === 'groups' ? (
        <TopicGroups topic={topic} />
      ) : (
        <ReadingView reading={reading} what="the topic" lines={10}>
          {(value) => (
            <>
              <HealthLine topic={value} />
              <Partial warnings={value.warnings} />
              {tab === 'config' ? <TopicConfig topic={value} /> : <TopicPartitions topic={value} />}
            </>
          )}
        </ReadingView>
      )}
    </>
  )
}

/** Whether it can be written and read, how large it is, and how long records stay. */
function HealthLine({ topic }: { topic: TopicDetail }) {
  const { partitions, replicationFactor, sizeBytes, sizeReason, configs, internal } = topic
  const leaders = new Set(partitions.flatMap(({ leader }) => (leader === null ? [] : [leader])))
  return (
    <p class="health-line">
      <StatusMark {...stateOf(topic)} />
      <span>
        {counted(partitions.length, 'partition')} × {counted(replicationFactor, 'replica')} on{' '}
        {counted(leaders.size, 'leading broker')}
      </span>
      <span>
        <Bytes value={sizeBytes} reason={sizeReason} /> on disks
      </span>
      <span>{retentionOf(configs)}</span>
      {internal && <span class="badge quiet">internal</span>}
    </p>
  )
}

function stateOf({ partitions }: TopicDetail): { mark: Mark; word: string } {
  const offline = partitions.filter(({ leader }) => leader === null).length
  const under = partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length
  if (offline > 0) return { mark: 'down', word: `${counted(offline, 'partition')} without a leader` }
  if (under > 0) return { mark: 'degraded', word: `${counted(under, 'partition')} under-replicated` }
  return { mark: 'healthy', word: 'all replicas in sync' }
}

function retentionOf(configs: TopicDetail['configs']): string {
  const value = (name: string) => configs?.find((each) => each.name === name)?.value
  if (value('cleanup.policy') === 'compact') return 'compacted: the last record of each key stays'
  const ms = value('retention.ms')
  if (ms === undefined || ms === null) return 'retention not known'
  if (ms === '-1') return 'records stay for ever'
  return `records stay for ${Math.round(Number(ms) / 8_640_000) / 10} days`
}
