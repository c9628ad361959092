import { stripVTControlCharacters } from 'node:util'

const indent = '  '
const pieces = /\p{Cc}\[[\d;]*m|[^\p{Cc}\s]+|\s+/gu

/**
 * A painted line as lines that fit a terminal: broken between words, a word that is too long anywhere; all but the first are
 * indented.
 * @param columns of the terminal; undefined where it is none: then nothing is folded
 */
export function fold(line: string, columns: number | undefined): string[] {
  if (columns === undefined || widthOf(line) <= columns) return [line]
  const lines: string[] = []
  let current = ''
  let width = 0
  const next = () => {
    lines.push(current)
    current = indent
    width = indent.length
  }
  for (const piece of line.match(pieces) ?? []) {
    if (widthOf(piece) === 0) {
      current += piece
      continue
    }
    const isSpace = piece.trim() === ''
    if (width + piece.length > columns && width > indent.length) {
      next()
      if (isSpace) continue
    }
    let rest = piece
    while (width + rest.length > columns && columns > indent.length) {
      const fits = columns - width
      current += rest.slice(0, fits)
      rest = rest.slice(fits)
      next()
    }
    current += rest
    width += rest.length
  }
  return [...lines, current]
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
