import { fold } from './fold.ts'
import { type Output, paint } from './output.ts'

type Terminal = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>

export interface Screen {
  /** Puts a page in the place of the one before; what does not fit below is named. */
  draw(print: (page: Output) => void): void
}

export interface ScreenNotes {
  /** Below each page. */
  note: string
  /** The command that prints the page as a whole. */
  whole: string
}

/** Draws pages over each other without a flicker. What stood on the terminal before is scrolled up, not overwritten. */
export function createScreen(
  terminal: Terminal,
  { note, whole }: ScreenNotes = { note: 'Ctrl-C quits.', whole: 'kops health' }
): Screen {
  let drawn = false
  return {
    draw(print) {
      const columns = terminal.columns || 80
      const rows = Math.max(2, (terminal.rows || 24) - 1)
      const lines: string[] = []
      const add = (text: string) => void lines.push(...text.split('\n').flatMap((line) => fold(line, columns)))
      print({ print: add, error: add })
      const isWhole = lines.length < rows
      const footer = isWhole ? note : `${note} More below: ${whole}`
      const shown = [...lines.slice(0, rows - 1), paint('dim', footer.slice(0, columns))]
      if (!drawn) terminal.write('\n'.repeat(terminal.rows || 24))
      drawn = true
      terminal.write(`\u001b[H${shown.map((line) => `${line}\u001b[K`).join('\n')}\n\u001b[J`)
    }
  }
}
