import type { ComponentChildren } from 'preact'

interface TextTableProps {
  label: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
  /** Columns of numbers, from this one on. */
  numbersFrom: number
}

/** Rows of text under their heads: for tables of a report, which nobody sorts. */
export function TextTable({ label, head, rows, numbersFrom }: TextTableProps) {
  const place = (column: number) => (column >= numbersFrom && head[column] !== '' ? 'end' : '')
  return (
    <ScrollFrame label={label}>
      <table class="facts-table">
        <thead>
          <tr>
            {head.map((name, column) => (
              <th scope="col" class={place(column)} key={name}>
                {name === '' ? <span class="visually-hidden">Note</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.slice(0, 2).join(' ')}>
              {row.map((text, column) => (
                <td class={place(column)} key={head[column]}>
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  )
}

/** What is wider than a phone scrolls by itself, also with the keyboard. */
export function ScrollFrame({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <section class="facts-frame" tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
