import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { commandRows } from './commands.ts'
import { environment } from './config.ts'

/** The options of kops that take a value, and the variable by which a program gets it. */
const variables: Record<string, string> = {
  '--state-dir': 'KOPS_STATE_DIR',
  '--admin-url': 'KOPS_ADMIN_URL',
  '--health-url': 'KOPS_HEALTH_URL',
  '--loadtest-url': 'KOPS_LOADTEST_URL',
  '--context': 'KOPS_CONTEXT'
}

export interface PluginCall {
  file: string
  args: string[]
  /** What the options before its name say. */
  env: Record<string, string>
}

/** The program `kops-x` of PATH that a command line calls: its first word is x, which is no command of kops. */
export function findPlugin(args: readonly string[], path: string): PluginCall | undefined {
  const env: Record<string, string> = {}
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? ''
    const [option = '', ...joined] = word.split('=')
    const variable = variables[option]
    if (variable !== undefined) {
      if (joined.length === 0) at += 1
      env[variable] = joined.length > 0 ? joined.join('=') : (args[at] ?? '')
      continue
    }
    if (!/^[a-z0-9][a-z0-9-]*$/.test(word) || commandRows.some(({ name }) => name === word)) return undefined
    const file = path
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, `kops-${word}`))
      .find(isProgram)
    return file === undefined ? undefined : { file, args: args.slice(at + 1), env }
  }
  return undefined
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** Runs a program in the place of kops. @returns its exit code */
export async function runPlugin({ file, args, env }: PluginCall): Promise<number> {
  const { runInForeground } = await import('#shared/cluster/foreground.ts')
  return runInForeground(file, args, { ...environment(), ...env })
}
