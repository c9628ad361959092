import type { Test } from 'tap'
import { listen } from '../listener.ts'

export interface SilentBroker {
  readonly port: number
  /** Keys of the requests that came, in their order. */
  readonly asked: number[]
  /** Number of connections. */
  readonly connections: number
}

const apiVersionsKey = 18

/**
 * A broker that reports its APIs, and answers no other request.
 * @param offered keys of APIs, each in versions 0 to 12; undefined: it does not even report these
 */
export async function silentBroker(t: Test, offered?: readonly number[]): Promise<SilentBroker> {
  const asked: number[] = []
  let connections = 0
  const { port } = await listen(t, (socket) => {
    connections += 1
    socket.on('data', (bytes) => {
      for (const { key, correlationId } of requestsIn(bytes)) {
        asked.push(key)
        if (key === apiVersionsKey && offered) socket.write(versionsAnswer(correlationId, offered))
      }
    })
  })
  return {
    port,
    asked,
    get connections() {
      return connections
    }
  }
}

/** Requests as small as these come whole. */
function* requestsIn(bytes: Buffer): Generator<{ key: number; correlationId: number }> {
  for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
    yield { key: bytes.readInt16BE(at + 4), correlationId: bytes.readInt32BE(at + 8) }
  }
}

/** An ApiVersions response, version 3. Its header has no tags. */
function versionsAnswer(correlationId: number, offered: readonly number[]): Buffer {
  const apis = offered.flatMap((key) => [...int16(key), ...int16(0), ...int16(12), 0])
  const body = [...int16(0), offered.length + 1, ...apis, 0, 0, 0, 0, 0]
  const answer = Buffer.alloc(8 + body.length)
  answer.writeInt32BE(4 + body.length, 0)
  answer.writeInt32BE(correlationId, 4)
  answer.set(body, 8)
  return answer
}

function int16(value: number): [number, number] {
  return [value >> 8, value & 0xff]
}
