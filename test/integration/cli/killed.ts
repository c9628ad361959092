import { once } from 'node:events'
import type { Test } from 'tap'
import { startKops } from './kops.ts'

/** Runs kops until it says something on standard error, and kills it, so that it can tidy nothing up. */
export async function killedAt(t: Test, args: string[], says: RegExp): Promise<void> {
  const child = startKops(args)
  const { stderr } = child
  if (!stderr) throw new Error('kops has no output')
  let said = ''
  const ended = once(child, 'close')
  const found = new Promise<boolean>((resolve) => {
    stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      if (says.test(said)) resolve(true)
    })
  })
  if ((await Promise.race([found, ended])) !== true) throw new Error(`kops ended before it said ${says}: ${said}`)
  child.kill('SIGKILL')
  await ended
  t.comment(`killed at ${says}`)
}
