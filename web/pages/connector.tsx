import type { ConnectorDescription, ConnectorPlan } from '#shared/contracts/connectors.ts'
import { navigate, query } from '../app/location.ts'
import { addressOf } from '../app/pages.ts'
import { readings, refusal } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { TextField } from '../ui/ask-dialog.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { CopyShownCall } from '../ui/copy-call.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { PlannedAction } from '../ui/planned-change.tsx'
import { Forbidden, Partial, ReadingView } from '../ui/states.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { connectorState, stateMark } from './connector-state.ts'

const describe = 'GET /api/connectors/{name}'
const everyMs = 5000

/** One connector: its tasks with their errors, its settings, and what can be done. */
export function ConnectorPage({ name }: { name: string }) {
  const why = refusal(describe)
  return (
    <>
      <p class="crumbs">
        <a href="/connect">Kafka Connect</a>
      </p>
      {why === undefined ? (
        <Described name={name} />
      ) : (
        <>
          <PageHeader title={name} />
          <Forbidden label="Settings and errors" why={why} />
        </>
      )}
    </>
  )
}

function Described({ name }: { name: string }) {
  const reading = useReading(describe, { params: { name } }, everyMs)
  useShownCall(describe, { params: { name } })
  const changed = () => readings.refresh('/api/connectors')
  return (
    <>
      <PageHeader title={name}>
        <CopyShownCall />
        <ConnectorAction name={name} action="restart" label="Restart what failed" onDone={changed} />
        {reading.value?.state === 'PAUSED' ? (
          <ConnectorAction name={name} action="resume" label="Resume" onDone={changed} />
        ) : (
          <ConnectorAction name={name} action="pause" label="Pause" onDone={changed} />
        )}
        <ConnectorAction name={name} action="delete" label="Delete" onDone={() => navigate('/connect')} />
      </PageHeader>
      <ReadingView reading={reading} what="the connector" lines={8}>
        {(connector) => <Details connector={connector} onDone={changed} />}
      </ReadingView>
    </>
  )
}

function Details({ connector, onDone }: { connector: ConnectorDescription; onDone: () => void }) {
  const { type, class: javaClass, worker, trace, deadLetterTopic, tasks, config } = connector
  return (
    <>
      <p class="health-line">
        <StatusMark {...connectorState(connector)} />
        <span>{type}</span>
        <span>
          on <code>{worker}</code>
        </span>
        <code>{javaClass}</code>
        {deadLetterTopic !== null && (
          <span>
            dead letters: <a href={addressOf(['dead-letters', deadLetterTopic])}>{deadLetterTopic}</a>
          </span>
        )}
      </p>
      {trace !== null && <Trace text={trace} />}
      <h2>Tasks</h2>
      {tasks.length === 0 && <p class="muted">It has none.</p>}
      <ul class="events">
        {tasks.map((task) => (
          <li key={task.id}>
            <p class="record-line">
              <span>Task {task.id}</span>
              <StatusMark {...stateMark(task.state)} />
              <span class="muted">
                on <code>{task.worker}</code>
              </span>
              {task.state === 'FAILED' && (
                <a href={addressOf(['connect', connector.name], { do: 'restart-task', task: task.id })}>Restart it</a>
              )}
            </p>
            {task.trace !== null && <Trace text={task.trace} />}
          </li>
        ))}
      </ul>
      <RestartTask name={connector.name} onDone={onDone} />
      <h2>Settings</h2>
      <dl class="settings">
        {Object.entries(config)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([setting, value]) => (
            <div key={setting}>
              <dt>
                <code>{setting}</code>
              </dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
      </dl>
    </>
  )
}

function Trace({ text }: { text: string }) {
  return (
    <div class="content-value">
      <pre tabIndex={0}>{text}</pre>
      <p class="buttons">
        <CopyButton text={text} label="Copy the error" small />
      </p>
    </div>
  )
}

const actions = {
  restart: { route: 'POST /api/connectors/{name}/restart', kind: '' },
  pause: { route: 'POST /api/connectors/{name}/pause', kind: '' },
  resume: { route: 'POST /api/connectors/{name}/resume', kind: '' },
  delete: { route: 'DELETE /api/connectors/{name}', kind: 'danger' }
} as const

interface ConnectorActionProps {
  name: string
  action: keyof typeof actions
  label: string
  onDone: () => void
}

function ConnectorAction({ name, action, label, onDone }: ConnectorActionProps) {
  const { route, kind } = actions[action]
  const parts = { params: { name }, query: {} }
  return (
    <PlannedAction
      action={action}
      label={label}
      title={`${label}: ${name}`}
      kind={kind}
      route={route}
      parts={action === 'delete' ? undefined : parts}
      read={(text) => (text('name') === name ? { asked: parts } : { message: `the name is not ${name}` })}
      fields={<TextField name="name" label={`Type ${name} to confirm`} />}
      verb={label}
      onDone={onDone}
    >
      {(plan) => <PlanLines plan={plan} />}
    </PlannedAction>
  )
}

const taskRoute = 'POST /api/connectors/{name}/tasks/{task}/restart'

function RestartTask({ name, onDone }: { name: string; onDone: () => void }) {
  const task = query.value.get('task') ?? ''
  if (!/^\d{1,6}$/.test(task)) return null
  return (
    <PlannedAction
      action="restart-task"
      about={['task']}
      label={`Restart task ${task} of ${name}`}
      offered={false}
      route={taskRoute}
      parts={{ params: { name, task: Number(task) }, query: {} }}
      verb="Restart"
      onDone={onDone}
    >
      {(plan) => <PlanLines plan={plan} />}
    </PlannedAction>
  )
}

const effects: Record<ConnectorPlan['action'], string> = {
  create: 'It would be created.',
  update: 'Its settings would change.',
  none: 'There is nothing to do.',
  delete: 'Its tasks stop, and its settings are gone. The committed offsets of a sink stay.',
  pause: 'The connector and its tasks stop reading and writing until it is resumed.',
  resume: 'The connector and its tasks go on where they stopped.',
  restart: 'Workers restart it within seconds; what runs is left alone.'
}

function PlanLines({ plan: { action, warnings } }: { plan: ConnectorPlan }) {
  return (
    <>
      <Partial warnings={warnings} />
      <p>{effects[action]}</p>
    </>
  )
}
