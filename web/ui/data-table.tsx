import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { OfferedAction } from '../app/actions.ts'
import { counted } from '../format/numbers.ts'
import { preferences } from '../state/preferences.ts'
import { useRowMenu } from './row-menu.tsx'
import { inFrozenOrder } from './row-order.ts'
import { type RowWindow, rowWindow } from './row-window.ts'

export interface Column<T> {
  id: string
  label: string
  align?: 'end'
  /** What the list is sorted by when its heading is pressed. */
  sort?: string
  /** Where it stands in the card that a row becomes on a phone. */
  phone: 'title' | 'side' | 'detail' | 'none'
  cell: (row: T) => ComponentChildren
}

/** A column of numbers, left out on a phone unless it says otherwise. */
export function numberColumn<T>(
  id: string,
  label: string,
  cell: Column<T>['cell'],
  more: Pick<Column<T>, 'sort'> & Partial<Pick<Column<T>, 'phone'>> = {}
): Column<T> {
  return { id, label, align: 'end', phone: 'none', cell, ...more }
}

/** The column that names a row, and leads to its page. @param link the name and the address */
export function linkColumn<T>(id: string, label: string, link: (row: T) => readonly [string, string]): Column<T> {
  const cell = (row: T) => {
    const [name, address] = link(row)
    return (
      <a href={address} data-row-link>
        {name}
      </a>
    )
  }
  return { id, label, phone: 'title', cell }
}

export interface DataTableProps<T> {
  label: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  /** Tells rows apart, and names them for a screen reader. */
  keyOf: (row: T) => string
  /** What can be done with a row: in a menu that its button and the key `.` open. */
  actions?: ((row: T) => readonly OfferedAction[]) | undefined
  /** Of all rows, if not all of them are here yet. */
  total?: number
  sort?: { by: string; order: 'asc' | 'desc'; onSort: (by: string) => void }
  /** The last rows are about to be seen. */
  onNearEnd?: (() => void) | undefined
  /** Where an order that changes with each reading must hold still while somebody reads. */
  freezes?: boolean
}

/**
 * Rows of one height, of which only those around the visible part are in the document. On a phone each is a card of two lines.
 * The elements have their roles in words, because the style of a phone takes their meaning from them.
 */
export function DataTable<T>({
  label,
  columns,
  rows,
  keyOf,
  actions,
  total,
  sort,
  onNearEnd,
  freezes = false
}: DataTableProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const isPhone = usePhone()
  const rowHeight = isPhone ? 58 : preferences.value.density === 'compact' ? 26 : 32
  const { ordered, moved, apply, hold, release } = useFrozen(rows, keyOf, freezes)
  const menu = useRowMenu()
  const shown = useRowWindow(body, ordered.length, rowHeight)
  const leftOut = columns.flatMap(({ phone, label: name }) => (phone === 'none' ? [name] : []))
  const isNearEnd = shown.end >= ordered.length - 20
  useEffect(() => {
    if (isNearEnd) onNearEnd?.()
  }, [isNearEnd, ordered.length, onNearEnd])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only holds the order of rows while the pointer or the focus is in them
    <div class="table-frame" onMouseEnter={hold} onMouseLeave={release} onFocusIn={hold} onFocusOut={release}>
      {moved > 0 && (
        <p class="frozen" role="status">
          The order has changed: {counted(moved, 'row')} would move.{' '}
          <button type="button" class="small" onClick={apply}>
            Apply
          </button>
        </p>
      )}
      <table role="table" class="data" aria-label={label} aria-rowcount={(total ?? rows.length) + 1}>
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {columns.map((column) => (
              <Heading key={column.id} column={column} sort={sort} />
            ))}
            {actions && (
              <th role="columnheader" scope="col" class="phone-actions">
                <span class="visually-hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody role="rowgroup" ref={body}>
          <Gap height={shown.before} columns={columns.length + (actions ? 1 : 0)} />
          {ordered.slice(shown.first, shown.end).map((row, index) => (
            <tr
              role="row"
              key={keyOf(row)}
              aria-rowindex={shown.first + index + 2}
              style={{ height: `${rowHeight}px` }}
            >
              {columns.map(({ id, label: name, align, phone, cell }) => (
                <td role="cell" key={id} class={`${align === 'end' ? 'end' : ''} phone-${phone}`} data-label={name}>
                  {cell(row)}
                </td>
              ))}
              {actions && (
                <td role="cell" class="end phone-actions">
                  {menu.button(actions(row), keyOf(row))}
                </td>
              )}
            </tr>
          ))}
          <Gap height={shown.after} columns={columns.length + (actions ? 1 : 0)} />
        </tbody>
      </table>
      {leftOut.length > 0 && <p class="left-out">A wider window also shows: {leftOut.join(', ')}</p>}
      {actions && menu.popover}
    </div>
  )
}

/** Stands for rows that are not in the document. */
function Gap({ height, columns }: { height: number; columns: number }) {
  if (height === 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
    <tr aria-hidden="true" class="gap" style={{ height: `${height}px` }}>
      <td colSpan={columns} />
    </tr>
  )
}

function Heading<T>({ column, sort }: { column: Column<T>; sort: DataTableProps<T>['sort'] }) {
  const { id, label, align, phone, sort: by } = column
  const isSorted = sort !== undefined && by !== undefined && sort.by === by
  const direction = isSorted ? (sort.order === 'asc' ? 'ascending' : 'descending') : undefined
  return (
    <th
      role="columnheader"
      scope="col"
      key={id}
      class={`${align === 'end' ? 'end' : ''} phone-${phone}`}
      {...(by === undefined ? {} : { 'aria-sort': direction ?? 'none' })}
    >
      {by === undefined || sort === undefined ? (
        label
      ) : (
        <button type="button" class="heading" onClick={() => sort.onSort(by)}>
          {label}
          <span aria-hidden="true" class="arrow">
            {isSorted ? (sort.order === 'asc' ? '▲' : '▼') : '↕'}
          </span>
        </button>
      )}
    </th>
  )
}

function useFrozen<T>(rows: readonly T[], keyOf: (row: T) => string, freezes: boolean) {
  const [frozen, setFrozen] = useState<readonly string[] | undefined>(undefined)
  const { rows: ordered, moved } = frozen ? inFrozenOrder(rows, keyOf, frozen) : { rows: [...rows], moved: 0 }
  return {
    ordered,
    moved,
    apply: () => setFrozen(rows.map(keyOf)),
    hold() {
      if (freezes) setFrozen((before) => before ?? rows.map(keyOf))
    },
    release: () => setFrozen(undefined)
  }
}

function useRowWindow(body: { current: HTMLTableSectionElement | null }, count: number, rowHeight: number): RowWindow {
  const measure = () =>
    rowWindow({
      count,
      rowHeight,
      scrolled: -(body.current?.getBoundingClientRect().top ?? 0),
      visible: window.innerHeight
    })
  const [shown, setShown] = useState<RowWindow>(() =>
    rowWindow({ count, rowHeight, scrolled: 0, visible: window.innerHeight })
  )
  useLayoutEffect(() => {
    let frame = 0
    const update = () => {
      frame = 0
      const next = measure()
      setShown((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next))
    }
    const soon = () => {
      frame ||= requestAnimationFrame(update)
    }
    update()
    addEventListener('scroll', soon, { passive: true })
    addEventListener('resize', soon)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', soon)
      removeEventListener('resize', soon)
    }
  }, [count, rowHeight])
  // The number of rows may have changed since it was measured.
  return shown.end > count || shown.first >= Math.max(1, count) ? measure() : shown
}

const phoneWidth = '(max-width: 640px)'

function usePhone(): boolean {
  const [isPhone, setPhone] = useState(() => matchMedia(phoneWidth).matches)
  useEffect(() => {
    const media = matchMedia(phoneWidth)
    const take = () => setPhone(media.matches)
    media.addEventListener('change', take)
    return () => media.removeEventListener('change', take)
  }, [])
  return isPhone
}
