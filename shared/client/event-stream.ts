/** One server-sent event: its name, and its data parsed as JSON. */
export interface ServerSentEvent {
  event: string
  data: unknown
}

/**
 * The events of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html), without their ids: after
 * losing a stream, a client starts again. Skips comments; drops an event that the end of the stream cuts off.
 * @throws SyntaxError if data is not JSON
 */
export async function* serverSentEvents(chunks: AsyncIterable<string>): AsyncGenerator<ServerSentEvent> {
  let unread = ''
  let event = 'message'
  let data: string[] = []
  for await (const chunk of chunks) {
    const lines = (unread + chunk).split(/\r?\n/)
    unread = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { event, data: JSON.parse(data.join('\n')) }
        event = 'message'
        data = []
        continue
      }
      const [, field, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
      if (field === 'event') event = value
      if (field === 'data') data.push(value)
    }
  }
}
