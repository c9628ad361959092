import { useState } from 'preact/hooks'
import type { ReadyWorkloads } from '#shared/contracts/load-plan.ts'
import { readyLoad } from './drill-form.ts'

interface DrillLoadProps {
  ready: ReadyWorkloads['workloads']
  /** The workload as JSON; empty: none. */
  value: string
  isInvalid: boolean
  onType: (text: string) => void
}

const written = ' written'

/** The load test beside a drill: a ready workload, or one that is written as JSON, which may begin with a ready one. */
export function DrillLoad({ ready, value, isInvalid, onType }: DrillLoadProps) {
  const chosen = readyLoad(value, ready)
  const [writes, setWrites] = useState(false)
  const isWritten = writes || (value !== '' && chosen === undefined)
  const choose = (name: string) => {
    setWrites(name === written)
    if (name === written) return
    const workload = ready.find((each) => each.name === name)?.workload
    onType(workload ? JSON.stringify(workload, null, 2) : '')
  }
  return (
    <div class="drill-field is-wide">
      <label for="drill-load">A load test beside it</label>
      <select
        id="drill-load"
        value={isWritten ? written : (chosen?.name ?? '')}
        aria-invalid={isInvalid && !isWritten}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        <option value="">none</option>
        {ready.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        <option value={written}>a workload of your own, as JSON</option>
      </select>
      {!isWritten && chosen && <span class="muted">{chosen.question}</span>}
      {isWritten && (
        <textarea
          aria-label="Its workload, as JSON"
          value={value}
          aria-invalid={isInvalid}
          rows={8}
          placeholder={'{"name": "beside", "topic": {"kind": "temporary", "partitions": 6, "replicationFactor": 3}, …}'}
          spellcheck={false}
          onInput={({ currentTarget }) => onType(currentTarget.value)}
        />
      )}
    </div>
  )
}
