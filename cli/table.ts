import { stdout } from 'node:process'
import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import { paint } from './paint.ts'

const gap = '  '
/** A column is not made narrower than this to fit a terminal. */
const narrowest = 12
const numeric = /^(-?\d+(\.\d+)?%?|\d+(\.\d+)? ([KMGT]i)?B|-|\?)$/

/**
 * A table without lines between its rows: easy to read, and to cut with awk. Columns of numbers stand to the right. Where it is
 * wider than the terminal its widest columns are wrapped; nothing is left out, and a pipe gets one line a row.
 * @param width of the terminal, in characters; undefined where it is none
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
  let excess = widths.reduce((sum, each) => sum + each, (columns - 1) * gap.length) - width
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths))
    const before = widths[widest] ?? 0
    if (before <= narrowest) break
    const next = Math.max(narrowest, second(widths) - 1, before - excess)
    widths[widest] = next < before ? next : before - 1
    excess -= before - widths[widest]
  }
  return lines.map((line) => line.map((cell, column) => wrap(cell, widths[column] ?? cell.length)))
}

function second(widths: number[]): number {
  return widths.toSorted((a, b) => b - a)[1] ?? 0
}

/** Breaks text at spaces, and where there are none after a sign that names are made of, or anywhere. */
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
