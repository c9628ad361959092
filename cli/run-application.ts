import { join } from 'node:path'
import type { CommandContext } from './context.ts'
import { kafkaEnvironment } from './kafka-environment.ts'

/**
 * Runs an application of this checkout, with what connects to the cluster that is set up here, where the environment says nothing
 * else. It takes the place of this process, so that signals reach it, and nothing stays when it is killed.
 * @param script relative to the project
 */
export async function runApplication(
  script: string,
  args: readonly string[],
  { projectRoot, stateDir }: CommandContext,
  settings: Record<string, string> = {}
): Promise<never> {
  const env = await kafkaEnvironment(stateDir())
  const quiet = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning']
  if (!process.execve) throw new Error('this command needs Node.js 22.15 or later')
  const command = [process.execPath, ...quiet, join(projectRoot, script), ...args]
  return process.execve(process.execPath, command, { ...env, ...settings })
}
