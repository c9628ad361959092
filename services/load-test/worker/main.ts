/** A load worker: `kops load worker` starts it. SIGINT and SIGTERM end it, once it has left its group. */
import { loadWorkerConfig } from './config.ts'
import { runWorker } from './run-worker.ts'

const say = (line: string) => console.log(`${new Date().toISOString()} ${line}`)
let ending: string | undefined
let close: (() => Promise<void>) | undefined

async function end(signal: string): Promise<void> {
  if (ending) process.exit(1)
  ending = signal
  if (!close) process.exit(1)
  say(`${signal}: leaving the group; another one ends at once`)
  await close()
  process.exit(0)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(signal))
try {
  close = await runWorker(loadWorkerConfig(), say)
} catch (error) {
  console.error(`kops: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
