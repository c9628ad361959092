import type { Output } from '../output.ts'

/** A line at the end of the output that is redrawn where that is a terminal; elsewhere there is none. */
export interface LiveLine extends Output {
  draw(line: string): void
  /** Nothing more is redrawn: other lines may follow. Idempotent. */
  clear(): void
}

/** @param terminal where the line is drawn; what is printed goes to `output`, above it */
export function createLiveLine(
  output: Output,
  terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>
): LiveLine {
  let drawn = false
  const clear = () => {
    if (drawn) terminal.write('\r\u001b[K')
    drawn = false
  }
  return {
    draw(line) {
      if (!terminal.isTTY) return
      // A line that is as wide as the terminal would wrap, and not be redrawn.
      terminal.write(`\r${line.slice(0, (terminal.columns || 80) - 1)}\u001b[K`)
      drawn = true
    },
    clear,
    print(line) {
      clear()
      output.print(line)
    },
    error(line) {
      clear()
      output.error(line)
    }
  }
}
