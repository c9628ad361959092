/** One server-sent event: its name, and its data parsed as JSON. */
export interface ServerSentEvent {
  event: string
  data: unknown
}

/**
 * The events of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html), without their ids: who
 * loses a stream begins anew. Comments are passed over; an event that the end of the stream cuts off is dropped.
 * @throws SyntaxError when data is not JSON
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
