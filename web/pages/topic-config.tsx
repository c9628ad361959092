import { useState } from 'preact/hooks'
import type { TopicConfigEntry, TopicConfigPlan } from '#shared/contracts/topic-configs.ts'
import type { TopicDetail } from '#shared/contracts/topics.ts'
import { call, refusal } from '../app/runtime.ts'
import { useReading, useShownCall } from '../app/use-reading.ts'
import { configSources } from '../format/reasons.ts'
import { ChangeDialog } from '../ui/change-dialog.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Action, Empty, Partial, ReadingView } from '../ui/states.tsx'
import { inWords } from './config-values.ts'

const change = 'PATCH /api/topics/{topicName}/configs'

/** The settings of a topic: what differs from the brokers' defaults first. A change is shown as a diff before it is made. */
export function TopicConfig({ topic: { name: topicName } }: { topic: TopicDetail }) {
  const parts = { params: { topicName }, query: {} }
  const reading = useReading('GET /api/topics/{topicName}/configs', parts, 30_000)
  useShownCall('GET /api/topics/{topicName}/configs', parts)
  const [filter, setFilter] = useState('')
  const [edited, setEdited] = useState<TopicConfigEntry | undefined>(undefined)
  const why = refusal(change)
  const columns: readonly Column<TopicConfigEntry>[] = [
    {
      id: 'name',
      label: 'Setting',
      phone: 'title',
      cell: ({ name, overridden }) => (
        <>
          <code>{name}</code>
          {overridden && <span class="badge">set here</span>}
        </>
      )
    },
    {
      id: 'value',
      label: 'Value',
      phone: 'detail',
      cell: ({ name, value, sensitive }) => <ConfigValue name={name} value={value} sensitive={sensitive} />
    },
    {
      id: 'default',
      label: 'Without it',
      phone: 'none',
      cell: (entry) =>
        entry.overridden ? (
          <ConfigValue name={entry.name} value={entry.default} sensitive={entry.sensitive} />
        ) : (
          <span class="muted">{configSources[entry.source] ?? entry.source}</span>
        )
    },
    {
      id: 'change',
      label: 'Change',
      phone: 'side',
      cell: (entry) =>
        entry.readOnly || why !== undefined ? (
          <span class="muted">{entry.readOnly ? 'fixed' : ''}</span>
        ) : (
          <button type="button" class="small" onClick={() => setEdited(entry)} data-row-link>
            Change<span class="visually-hidden"> {entry.name}</span>
          </button>
        )
    }
  ]
  return (
    <>
      <div class="toolbar">
        <input
          type="search"
          aria-label="Settings whose name has"
          placeholder="Settings whose name has …"
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
        {why !== undefined && <Action label="Change a setting" why={why} onClick={() => {}} />}
      </div>
      <ReadingView reading={reading} what="the configuration" lines={12}>
        {({ configs, warnings }) => {
          const rows = configs
            .filter(({ name }) => name.includes(filter))
            .toSorted((a, b) => Number(b.overridden) - Number(a.overridden) || (a.name < b.name ? -1 : 1))
          return (
            <>
              <Partial warnings={warnings} />
              {rows.length === 0 ? (
                <Empty what="settings" filtered={filter !== ''} onClear={() => setFilter('')} />
              ) : (
                <DataTable label="Settings" columns={columns} rows={rows} keyOf={({ name }) => name} />
              )}
            </>
          )
        }}
      </ReadingView>
      {edited && (
        <EditSetting
          topicName={topicName}
          entry={edited}
          onClose={() => setEdited(undefined)}
          onDone={() => void reading.refresh()}
        />
      )}
    </>
  )
}

function ConfigValue({ name, value, sensitive }: { name: string; value: string | null; sensitive: boolean }) {
  if (value === null) return <span class="muted">{sensitive ? '(secret)' : 'none'}</span>
  const words = inWords(name, value)
  return (
    <>
      <code>{value === '' ? '(empty)' : value}</code>
      {words && <span class="muted"> {words}</span>}
    </>
  )
}

interface EditSettingProps {
  topicName: string
  entry: TopicConfigEntry
  onClose: () => void
  onDone: () => void
}

/** A new value, then the diff that it makes, then the change. */
function EditSetting({ topicName, entry: { name, value, overridden }, onClose, onDone }: EditSettingProps) {
  const [text, setText] = useState(value ?? '')
  const [chosen, setChosen] = useState<{ value: string | null } | undefined>(undefined)
  if (chosen) {
    const parts = { params: { topicName }, query: {}, body: { configs: { [name]: chosen.value } } }
    return (
      <ChangeDialog<TopicConfigPlan>
        title={`Change ${name} of ${topicName}`}
        route={change}
        parts={parts}
        make={(dryRun) => call(change, { ...parts, query: { dryRun } })}
        verb="Apply"
        onDone={onDone}
        onClose={onClose}
      >
        {(plan) => (
          <>
            <Partial warnings={plan.warnings} />
            <ul class="diff" aria-label="What changes">
              {plan.changes.map((each) => (
                <li key={each.name}>
                  <code>{each.name}</code>
                  {each.operation === 'none' ? (
                    <p>It is so already.</p>
                  ) : (
                    <>
                      <del>
                        <span aria-hidden="true">− </span>
                        <ConfigValue name={each.name} value={each.before} sensitive={false} />
                      </del>
                      <ins>
                        <span aria-hidden="true">+ </span>
                        <ConfigValue name={each.name} value={each.after} sensitive={false} />
                        {each.operation === 'unset' && <span class="muted"> (inherited)</span>}
                      </ins>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </ChangeDialog>
    )
  }
  return (
    <Dialog title={`Change ${name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setChosen({ value: text })
        }}
      >
        <h2>
          Change <code>{name}</code>
        </h2>
        <label for="new-value">New value</label>
        <input
          id="new-value"
          value={text}
          spellcheck={false}
          autoComplete="off"
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <p class="muted">{inWords(name, text) ?? '\u00a0'}</p>
        <div class="buttons">
          {overridden && (
            <button type="button" onClick={() => setChosen({ value: null })}>
              Remove, and inherit
            </button>
          )}
          <span class="spacer" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Show what changes
          </button>
        </div>
      </form>
    </Dialog>
  )
}
