import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { setQuery } from '../app/location.ts'
import { addressOf } from '../app/pages.ts'
import { useReading } from '../app/use-reading.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Empty } from '../ui/states.tsx'
import { Time } from '../ui/values.tsx'
import { type ComparedSides, sideNames, toggled } from './compare-runs.ts'

/** Which runs are on which side; saved ones, too. */
export function CompareChoice({ sides, runs }: { sides: ComparedSides; runs: readonly LoadTestRun[] }) {
  const baselines = useReading('GET /api/loadtest/baselines', {}, 60_000)
  const saved = baselines.value?.baselines ?? []
  return (
    <>
      {saved.length > 0 && (
        <p class="ready-workload">
          <label for="compare-baseline">In place of a</label>
          <select
            id="compare-baseline"
            value={sides.baseline ?? ''}
            onChange={({ currentTarget }) =>
              setQuery(
                currentTarget.value === '' ? { baseline: undefined } : { baseline: currentTarget.value, a: undefined }
              )
            }
          >
            <option value="">the runs chosen below</option>
            {saved.map(({ id, runs: of }) => (
              <option key={id} value={id}>
                baseline {id}, {of.length} runs
              </option>
            ))}
          </select>
        </p>
      )}
      {runs.length === 0 ? (
        <Empty what="completed load tests" filtered={false} />
      ) : (
        <DataTable label="Runs to compare" columns={columnsFor(sides)} rows={runs} keyOf={({ id }) => id} />
      )}
    </>
  )
}

function columnsFor(sides: ComparedSides): Column<LoadTestRun>[] {
  return [
    {
      id: 'run',
      label: 'Run',
      phone: 'title',
      cell: ({ id, workload }) => <a href={addressOf(['load', id])}>{workload?.name ?? id}</a>
    },
    {
      id: 'side',
      label: 'Side',
      phone: 'side',
      cell: ({ id, createdAt }) =>
        sideNames.map((side) => (
          <label key={side} class="side-choice">
            <input
              type="checkbox"
              checked={sides[side].includes(id)}
              onChange={() => setQuery(toggled(sides, side, id))}
            />
            {side}
            <span class="visually-hidden">: run of {createdAt}</span>
          </label>
        ))
    },
    { id: 'started', label: 'Started', phone: 'detail', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'id', label: 'Id', phone: 'none', cell: ({ id }) => <code>{id}</code> },
    {
      id: 'environment',
      label: 'Environment',
      phone: 'none',
      cell: ({ fingerprint }) => <code>{fingerprint?.hash ?? '—'}</code>
    }
  ]
}
