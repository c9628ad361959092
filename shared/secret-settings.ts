import { readFileSync } from 'node:fs'

/**
 * A secret that a setting holds, or a file that `<name>_FILE` names. The file is read once at the start, so that a wrong one
 * shows, and again each time, so that the secret can be replaced.
 * @returns undefined if there is none
 * @throws Error naming the setting, without the secret
 */
export function secretOf<Name extends string>(
  config: Record<Name | `${Name}_FILE`, string>,
  name: Name
): (() => string) | undefined {
  const fileName = `${name}_FILE` as const
  const given = config[name]
  const file = config[fileName]
  if (given !== '' && file !== '') throw new Error(`${name} and ${fileName} exclude each other`)
  if (given !== '') return () => given
  if (file === '') return undefined
  readSecret(fileName, file)
  return () => readSecret(fileName, file)
}

/** @throws Error naming the setting, if the file cannot be read or is empty */
export function readSecret(setting: string, path: string): string {
  let secret: string
  try {
    secret = readFileSync(path, 'utf8').trim()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${setting}: ${path} cannot be read: ${reason}`, { cause: error })
  }
  if (secret === '') throw new Error(`${setting}: ${path} is empty`)
  return secret
}
