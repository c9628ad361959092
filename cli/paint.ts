import { stdout } from 'node:process'
import { styleText } from 'node:util'

type Style = 'green' | 'yellow' | 'red' | 'dim' | 'bold'

/** Colours text where the stream that it goes to shows colours (NO_COLOR and redirection are respected). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = stdout): string {
  return styleText(style, text, { stream })
}

/** Text that others wrote (keys, values, client ids), so that it cannot steer the terminal: control characters are escaped. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
    character === '\n'
      ? '\\n'
      : character === '\t'
        ? '\\t'
        : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  )
}
