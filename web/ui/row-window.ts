/** Which rows of a long table are in the document. */
export interface RowWindow {
  first: number
  /** Not included. */
  end: number
  /** Heights of what stands for the rows before and after, in pixels. */
  before: number
  after: number
}

export interface RowWindowOptions {
  count: number
  rowHeight: number
  /** How far the first row is above the upper edge of what is visible; negative below. */
  scrolled: number
  /** Height of what is visible. */
  visible: number
}

/** Rows beyond either edge, so that scrolling shows rows and no gap. */
const spare = 8

/** The rows that are visible, and some around them; all of them where they are few. */
export function rowWindow({ count, rowHeight, scrolled, visible }: RowWindowOptions): RowWindow {
  const first = Math.min(Math.max(0, Math.floor(scrolled / rowHeight) - spare), Math.max(0, count - 1))
  const shown = Math.ceil(visible / rowHeight) + 2 * spare
  const end = Math.min(
    count,
    Math.max(first, Math.min(first + shown, Math.ceil((scrolled + visible) / rowHeight) + spare))
  )
  return { first, end, before: first * rowHeight, after: (count - end) * rowHeight }
}
