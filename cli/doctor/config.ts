/** Names of the variables of this environment that are meant for kops. */
export function kopsVariables(env: NodeJS.ProcessEnv = process.env): string[] {
  return Object.keys(env).filter((name) => name.startsWith('KOPS_'))
}

/** Files that variables name, KOPS_TOKENS_FILE and the like. */
export function namedSecretFiles(env: NodeJS.ProcessEnv = process.env): string[] {
  return Object.entries(env).flatMap(([name, value]) => (/^KOPS_\w+_FILE$/.test(name) && value ? [value] : []))
}
