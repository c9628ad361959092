import { stdout } from 'node:process'
import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import { paint } from './paint.ts'

const gap = '  '
/** The minimum width of a column when fitting a terminal. */
const narrowest = 12
/** Nor than the longest name in it, up to this length, for as long as another column can give way. */
const longestName = 40
const numeric = /^(-?\d+(\.\d+)?%?|\d+(\.\d+)? ([KMGT]i)?B|-|\?)$/

/**
 * A table without lines between its rows: easy to read, and to cut with awk. Numbers are right-aligned. Wraps the
 * widest columns if it is wider than the terminal; leaves nothing out, and prints one line per row into a pipe.
 * @param width of the terminal, in characters; undefined without one
 */
export function table(
  head: string[],
  rows: string[][],
  width: number | undefined = stdout.columns || undefined
): string {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' }
  const chars = { ...none, 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' }
  const fitted = width === undefined ? rows : fit([head, ...rows], width).slice(1)
  const rendered = new Table({
    head: head.map((title) => paint('bold', title)),
    chars: { ...chars, right: '', 'right-mid': '', middle: gap },
    colAligns: head.map((_, column) => (isNumeric(rows.map((row) => row[column] ?? '')) ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
  })
  rendered.push(...fitted)
  return rendered
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

function isNumeric(cells: string[]): boolean {
  return cells.length > 0 && cells.every((cell) => numeric.test(stripVTControlCharacters(cell)))
}

/** Wraps the cells of the widest columns until the lines fit; painted cells are short, and left as they are. */
function fit(lines: string[][], width: number): string[][] {
  const columns = lines[0]?.length ?? 0
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...lines.map((line) => stripVTControlCharacters(line[column] ?? '').length))
  )
  // A name is not broken where a neighbour with spaces can give way.
  const least = widths.map((_, column) => Math.max(...lines.map((line) => longestPiece(line[column] ?? ''))))
  for (const floor of [least.map((width) => Math.min(width, longestName)), widths.map(() => narrowest)]) {
    shrink(widths, floor, width - (columns - 1) * gap.length)
  }
  return lines.map((line) => line.map((cell, column) => wrap(cell, widths[column] ?? cell.length)))
}

/** Shrinks the widest shrinkable columns until the sum fits. */
function shrink(widths: number[], least: number[], wanted: number): void {
  const canGive = (column: number) => (widths[column] ?? 0) > (least[column] ?? 0)
  for (let excess = widths.reduce((sum, each) => sum + each, 0) - wanted; excess > 0; excess--) {
    const widest = widths
      .map((_, column) => column)
      .filter(canGive)
      .toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0]
    if (widest === undefined) return
    widths[widest] = (widths[widest] ?? 0) - 1
  }
}

/** The length of the longest part of a cell that wrap() would not break; painted cells are never broken. */
function longestPiece(cell: string): number {
  const bare = stripVTControlCharacters(cell)
  if (bare !== cell) return bare.length
  return Math.max(0, ...(cell.match(/[^-\s._,:/]+[-._,:/]*|[-._,:/]+/g) ?? []).map((piece) => piece.length))
}

/** Breaks text at spaces, or else after punctuation in names, or anywhere. */
export function wrap(text: string, width: number): string {
  if (stripVTControlCharacters(text) !== text) return text
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const head = rest.slice(0, width + 1)
    const space = head.lastIndexOf(' ')
    const sign = Math.max(...['-', '.', '_', ',', ':', '/'].map((each) => rest.slice(0, width).lastIndexOf(each))) + 1
    const at = space > width / 3 ? space : sign > width / 2 ? sign : width
    lines.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  return [...lines, rest].join('\n')
}
