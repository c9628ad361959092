import type { Message } from '#shared/contracts/messages.ts'
import type { TailEvent } from '#shared/contracts/tail-events.ts'

/** What a live tail has shown so far. */
export interface TailState {
  ready: boolean
  /** The newest first; the last 1,000. */
  messages: readonly Message[]
  received: number
  skipped: number
  warnings: readonly string[]
  /** Why it has ended. */
  ended: string | undefined
}

export const noTail: TailState = { ready: false, messages: [], received: 0, skipped: 0, warnings: [], ended: undefined }

/** A browser that keeps every record of a busy topic ends soon. */
const mostKept = 1000
const mostWarnings = 5

export function afterTailEvent(state: TailState, { event, data }: TailEvent): TailState {
  switch (event) {
    case 'ready':
      return { ...state, ready: true }
    case 'message':
      return {
        ...state,
        received: state.received + 1,
        messages: [data, ...(state.messages.length < mostKept ? state.messages : state.messages.slice(0, mostKept - 1))]
      }
    case 'skipped':
      return { ...state, skipped: state.skipped + data.records }
    case 'warning':
      return { ...state, warnings: [...new Set([...state.warnings, data.message])].slice(-mostWarnings) }
    case 'end':
      return { ...state, ended: data.detail }
  }
}
