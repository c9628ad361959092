import { check, error, problemsOr, warning } from '../check.ts'

/** Files of settings, secrets, and variables of the environment. */
export const configurationChecks = [
  check('configuration.files', ['settings'], ({ settings }) =>
    problemsOr(
      settings.flatMap(({ path, problem }) =>
        problem === null ? [] : [error(`${path}: ${problem}`, 'docs/settings.md has each setting and its values')]
      ),
      `${settings.map(({ path }) => path).join(', ')}: valid, or not there`
    )
  ),

  check('configuration.secrets', ['secrets'], ({ secrets }) =>
    problemsOr(
      secrets
        .filter(({ exposed }) => exposed)
        .map(({ path }) => error(`every user of this machine can read or change ${path}`, `chmod o= ${path}`)),
      secrets.length === 0
        ? 'no file with a secret that this user may look at'
        : `${secrets.length} files with secrets: none is open to everyone`
    )
  ),

  check('configuration.variables', ['strangeVariables'], ({ strangeVariables }) =>
    problemsOr(
      strangeVariables.map(({ name, meant }) =>
        warning(
          `nothing reads the variable ${name}`,
          meant === null ? 'docs/settings.md lists every setting' : `Did you mean ${meant}?`
        )
      ),
      'every KOPS_ variable of this environment is known'
    )
  )
]
