/** One route that returns the bytes it was sent, for bench/topic-list.ts. */
import { once } from 'node:events'
import Fastify from 'fastify'

const [bytes] = (await once(process, 'message')) as [string]
const app = Fastify()
app.get('/api/topics', async (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes))
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
