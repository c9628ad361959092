import type { GroupHealth, GroupHealthSummary } from '#shared/contracts/group-health.ts'
import { groupActions } from '../app/actions.ts'
import { addresses } from '../app/pages.ts'
import { type Column, DataTable, linkColumn } from '../ui/data-table.tsx'
import { Count, Seconds } from '../ui/values.tsx'
import { lagColumns } from './lag-columns.tsx'

type Group = GroupHealth | GroupHealthSummary

const columns: readonly Column<Group>[] = [
  linkColumn('group', 'Group', ({ group }) => [group, addresses.group(group)]),
  ...lagColumns,
  { id: 'state', label: 'State', phone: 'detail', cell: ({ state }) => state },
  { id: 'members', label: 'Members', align: 'end', phone: 'none', cell: ({ members }) => <Count value={members} /> },
  {
    id: 'risk',
    label: 'Retention reaches it in',
    align: 'end',
    phone: 'none',
    cell: (group) =>
      'retentionLossSeconds' in group && group.retentionLossSeconds !== null ? (
        <strong class="text-degraded">
          <Seconds value={group.retentionLossSeconds} />
        </strong>
      ) : (
        <span class="muted">not in sight</span>
      )
  }
]

interface GroupTableProps {
  label: string
  groups: readonly Group[]
  onNearEnd?: (() => void) | undefined
}

/** Groups with their verdict and how far they are behind. Their order holds still while somebody reads. */
export function GroupTable({ label, groups, onNearEnd }: GroupTableProps) {
  const shown = groups.some((group) => 'retentionLossSeconds' in group)
    ? columns
    : columns.filter(({ id }) => id !== 'risk')
  return (
    <DataTable
      label={label}
      columns={shown}
      rows={groups}
      keyOf={({ group }) => group}
      actions={({ group }) => groupActions(group)}
      onNearEnd={onNearEnd}
      freezes
    />
  )
}
