import type { UnknownReason } from '#shared/contracts/common.ts'
import type { GroupVerdict } from '#shared/contracts/group-health.ts'
import type { Column } from '../ui/data-table.tsx'
import { markOfVerdict, StatusMark } from '../ui/status-mark.tsx'
import { Count, Seconds, Unknown } from '../ui/values.tsx'

/** How far a group is behind, or its commit in one partition. */
interface Lagging {
  verdict: GroupVerdict | null
  verdictReason?: UnknownReason
  lag: number | null
  lagReason?: UnknownReason
  lagSeconds: number | null
  lagSecondsReason?: UnknownReason
}

export function Verdict({ verdict, verdictReason }: Pick<Lagging, 'verdict' | 'verdictReason'>) {
  return verdict === null ? (
    <Unknown reason={verdictReason} />
  ) : (
    <StatusMark mark={markOfVerdict[verdict]} word={verdict} />
  )
}

/** The columns that groups and their partitions have in common. */
export const lagColumns: readonly Column<Lagging>[] = [
  { id: 'verdict', label: 'Verdict', phone: 'side', cell: Verdict },
  {
    id: 'lag',
    label: 'Lag',
    align: 'end',
    phone: 'detail',
    cell: ({ lag, lagReason }) => <Count value={lag} reason={lagReason} />
  },
  {
    id: 'seconds',
    label: 'Behind',
    align: 'end',
    phone: 'detail',
    cell: ({ lagSeconds, lagSecondsReason }) => <Seconds value={lagSeconds} reason={lagSecondsReason} />
  }
]
