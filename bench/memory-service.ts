/** admin-service on a free port that reports its memory on request, for bench/memory.ts. Needs --expose-gc. */
import { writeHeapSnapshot } from 'node:v8'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'

export type MemoryAnswer = { address: string } | { memory: NodeJS.MemoryUsage } | { snapshot: string }

const answer = (message: MemoryAnswer) => process.send?.(message)
const app = await buildApp(loadConfig({ ...process.env, KOPS_LOG_LEVEL: 'silent' }))

process.on('message', (asked) => {
  // Twice: dead objects of the first collection may hold, by finalizers and weak references, others that the second one
  // frees.
  for (let round = 0; round < 2; round++) globalThis.gc?.()
  if (asked === 'memory') answer({ memory: process.memoryUsage() })
  else if (typeof asked === 'string') answer({ snapshot: writeHeapSnapshot(asked) })
})
process.once('disconnect', () => app.close())
answer({ address: await app.listen({ host: '127.0.0.1', port: 0 }) })
