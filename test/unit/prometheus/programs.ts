import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  findObservability,
  isFound,
  type Observability,
  observabilityCacheDir
} from '#shared/cluster/observability/index.ts'

const run = promisify(execFile)
/** A short process has memory enough: collecting garbage as often as by default takes an eighth of promtool's time. */
const env = { ...process.env, GOGC: '400' }

export const projectRoot = join(import.meta.dirname, '../../..')

/** The programs, or the reason to skip what needs them. */
export const found = await findObservability({ cacheDir: observabilityCacheDir(projectRoot) })
export const skip = isFound(found) ? false : found.missing

/** Runs one program; resolves to its exit code and all that it printed. */
export async function runProgram(
  name: keyof Pick<Observability, 'promtool' | 'amtool'>,
  args: string[]
): Promise<{ code: number; output: string }> {
  if (!isFound(found)) throw new Error(found.missing)
  try {
    const { stdout, stderr } = await run(found[name], args, { env, ...(found.workingDir && { cwd: found.workingDir }) })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (typeof code !== 'number') throw error
    return { code, output: `${stdout}${stderr}` }
  }
}
