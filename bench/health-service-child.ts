/**
 * health-service in a separate process, for bench/health-sweep.ts: reports its address, and the costs of each full
 * sweep.
 */
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'

export type ChildMessage =
  | { kind: 'listening'; url: string }
  | { kind: 'sweep'; durationMs: number; partsMs: Record<string, number>; warnings: string[] }
  | { kind: 'usage'; cpuMs: number; rssBytes: number }

const tell = (message: ChildMessage) => process.send?.(message)
const app = await buildApp(loadConfig({ ...process.env, KOPS_LOG_LEVEL: 'error' }))
app.monitor.subscribe(({ kind, health }) => {
  if (kind !== 'full') return
  const partsMs = Object.fromEntries(health.parts.map(({ part, durationMs }) => [part, durationMs]))
  tell({
    kind: 'sweep',
    durationMs: health.durationMs,
    partsMs,
    warnings: health.warnings.map(({ target, message }) => `${target}: ${message}`)
  })
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  tell({ kind: 'usage', cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() })
})
process.once('disconnect', () => void app.close())
tell({ kind: 'listening', url: await app.listen({ host: '127.0.0.1', port: 0 }) })
