/** An HTTP server that does nothing but answer, for bench/producer.ts. */
import { createServer } from 'node:http'

const server = createServer((_, response) => response.end('ok'))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  process.send?.(`http://127.0.0.1:${address.port}`)
})
process.on('SIGTERM', () => process.exit())
