import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { isFound } from '#shared/cluster/observability/index.ts'
import { found } from './programs.ts'

/** The complaints of `promtool check metrics` about an exposition; empty without any. */
export async function checkMetrics(exposition: string): Promise<string> {
  if (!isFound(found)) throw new Error(found.missing)
  const child = spawn(found.promtool, ['check', 'metrics'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(found.workingDir && { cwd: found.workingDir })
  })
  child.stdin.end(exposition)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return code === 0 ? '' : `${out}${err}` || `promtool ended with ${code}`
}
