import { glob } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UsageError } from './output.ts'

/** The names of the YAML files of a folder, in their order. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(glob('*.yaml', { cwd: folder }))).map((file) => basename(file, '.yaml')).sort()
}

/**
 * The path of a file that a command line names: a path, or the name of a YAML file of a folder.
 * @param noun what it holds: `catalog`
 * @throws UsageError if the folder has no such file
 */
export async function namedFile(folder: string, name: string, noun: string): Promise<string> {
  if (/[/.]/.test(name)) return name
  const known = await namesIn(folder)
  if (known.includes(name)) return join(folder, `${name}.yaml`)
  throw new UsageError(`there is no ${noun} ${name}; use a file, or one of ${known.join(', ')}`)
}
