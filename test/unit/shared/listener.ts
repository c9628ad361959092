import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Listener {
  server: Server
  host: string
  port: number
  /** Open connections. */
  sockets: ReadonlySet<Socket>
}

/** Listens on a free port of loopback until the test ends; the test handles its connections. */
export async function listen(t: Test, onConnection: (socket: Socket) => void = () => {}): Promise<Listener> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    onConnection(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return { server, host: '127.0.0.1', port: address.port, sockets }
}
