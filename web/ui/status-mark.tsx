import type { Mark } from '../format/mark.ts'

export type { Mark }

/** A shape beside the colour: neither is needed to tell them apart. */
const shapes: Record<Mark, string> = { healthy: '●', degraded: '▲', down: '■', unknown: '◇', progress: '◐' }

export const markOfStatus: Record<'HEALTHY' | 'DEGRADED' | 'DOWN', Mark> = {
  HEALTHY: 'healthy',
  DEGRADED: 'degraded',
  DOWN: 'down'
}

export const markOfVerdict: Record<'OK' | 'WARN' | 'STALL' | 'STOP' | 'REWIND' | 'ERR', Mark> = {
  OK: 'healthy',
  WARN: 'degraded',
  STALL: 'degraded',
  STOP: 'down',
  REWIND: 'degraded',
  ERR: 'down'
}

/** A state as a shape, a colour and a word. */
export function StatusMark({ mark, word, quiet = false }: { mark: Mark; word: string; quiet?: boolean }) {
  return (
    <span class={`mark mark-${mark}`}>
      <span aria-hidden="true">{shapes[mark]}</span>
      <span class={quiet ? 'visually-hidden' : 'mark-word'}>{word}</span>
    </span>
  )
}
