import { useState } from 'preact/hooks'
import type { CreateTopicBody, TopicPlan } from '#shared/contracts/topics.ts'
import { navigate } from '../app/location.ts'
import { useOpened } from '../app/opened.ts'
import { addresses } from '../app/pages.ts'
import { call, refusal } from '../app/runtime.ts'
import { counted } from '../format/numbers.ts'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { FormDialog, textFields } from '../ui/form-dialog.tsx'
import { Action, Partial } from '../ui/states.tsx'
import { blankTopic, newTopic, type TypedTopic } from './new-topic.ts'

const route = 'POST /api/topics'

/** Asks for a topic, shows where its replicas would be, and creates it. */
export function CreateTopic() {
  const opened = useOpened('create', route)
  const { open } = opened
  const [body, setBody] = useState<CreateTopicBody | undefined>(undefined)
  const close = () => {
    opened.close()
    setBody(undefined)
  }
  return (
    <>
      <Action label="Create topic" why={refusal(route)} onClick={opened.show} />
      {open && body === undefined && <TopicForm onClose={close} onReady={setBody} />}
      {open && body && (
        <ChangeDialog<TopicPlan>
          title={`Create ${body.name}`}
          route={route}
          parts={{ body }}
          make={(dryRun) => call(route, { query: { dryRun }, body }, { timeoutMs: 60_000 })}
          verb="Create"
          onDone={() => navigate(addresses.topic(body.name ?? ''))}
          onClose={close}
        >
          {(plan) => <CreationPlan plan={plan} />}
        </ChangeDialog>
      )}
    </>
  )
}

function CreationPlan({ plan: { topic, assignment = [], warnings } }: { plan: TopicPlan }) {
  const leaders = Map.groupBy(assignment, ([leader]) => leader ?? -1)
  return (
    <>
      <p>
        {counted(topic.partitions, 'partition')} × {counted(topic.replicationFactor, 'replica')}, in sync before it is
        used.
      </p>
      {assignment.length > 0 && (
        <p>
          Leaders:{' '}
          {[...leaders]
            .toSorted(([a], [b]) => a - b)
            .map(([broker, partitions]) => `kafka-${broker}: ${partitions.length}`)
            .join(', ')}
        </p>
      )}
      {Object.entries(topic.configs ?? {}).map(([name, value]) => (
        <p key={name}>
          <code>
            {name}={value}
          </code>
        </p>
      ))}
      <Partial warnings={warnings} />
    </>
  )
}

interface TopicFormProps {
  onClose: () => void
  onReady: (body: CreateTopicBody) => void
}

function TopicForm({ onClose, onReady }: TopicFormProps) {
  const [typed, setTyped] = useState<TypedTopic>(blankTopic)
  const [wrong, setWrong] = useState<{ field: keyof TypedTopic; message: string } | undefined>(undefined)
  const submit = () => {
    const asked = newTopic(typed)
    if ('body' in asked) onReady(asked.body)
    else setWrong(asked)
  }
  const field = textFields('topic', typed, setTyped, wrong?.field)
  return (
    <FormDialog
      title="Create a topic"
      wrong={wrong && `${wrong.field} ${wrong.message}`}
      onSubmit={submit}
      onClose={onClose}
    >
      <label for="topic-name">Name</label>
      <input {...field('name')} />
      <label for="topic-partitions">Partitions</label>
      <input inputMode="numeric" {...field('partitions')} />
      <label for="topic-replicationFactor">Replicas of each</label>
      <input inputMode="numeric" {...field('replicationFactor')} />
      <label for="topic-configs">Settings, one name=value a line</label>
      <textarea rows={3} placeholder="retention.ms=604800000" {...field('configs')} />
    </FormDialog>
  )
}
