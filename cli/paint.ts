import { stdout } from 'node:process'
import { styleText } from 'node:util'

export { plain } from '#shared/reports/figures.ts'

type Style = 'green' | 'yellow' | 'red' | 'dim' | 'bold'

/** Colours text where the stream that it goes to shows colours (NO_COLOR and redirection are respected). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = stdout): string {
  return styleText(style, text, { stream })
}
