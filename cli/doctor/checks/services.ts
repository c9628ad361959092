import packageJson from '../../../package.json' with { type: 'json' }
import { check, error, type Judgement, ok, unknown, warning } from '../check.ts'
import type { ServiceState } from '../sources.ts'

/** The three services: whether each is there, lets this caller in, and is of this version. */
export const serviceChecks = [
  check('services.admin', ['admin'], ({ admin }) => judgeService(admin)),
  check('services.health', ['healthService'], ({ healthService }) => judgeService(healthService)),
  check('services.load-test', ['loadTest'], ({ loadTest }) => judgeService(loadTest))
]

/** What to do about a refused request, by its code. */
const remedies: Record<string, string> = {
  unauthenticated: 'Put a token into KOPS_TOKEN; kops token creates one, docs/access-control.md has the roles',
  forbidden: 'Use a token of the role viewer at least, without a limit to topics',
  identity_unavailable: 'The issuer of tokens (KOPS_JWT_JWKS_URL) does not answer the service',
  rate_limited: 'Wait a minute, or raise KOPS_RATE_LIMIT_PER_MINUTE'
}

export function judgeService(
  { name, url, state, detail, version, request }: ServiceState,
  own = packageJson.version
): Judgement {
  if (state === 'silent') {
    return error(`${name} at ${url} ${detail}`, './setup.sh starts it; kops cluster status shows how often it died')
  }
  if (state === 'stranger') {
    return error(
      `something else answers at ${url}, where ${name} should be`,
      'Stop it, or name the right address (KOPS_…_URL)'
    )
  }
  if (request !== 'ok') {
    const advice = remedies[request.code] ?? 'kops health; the service is up, what it depends on is not'
    return error(`${name} answers and refused a request: ${request.message} (${request.code})`, advice)
  }
  if (version === null)
    return unknown(`${name} is ready; its version could not be read from ${url}/docs/json`, 'Try again')
  return version === own
    ? ok(`${name} is ready, version ${version}`)
    : warning(
        `${name} is of version ${version}, this command of ${own}`,
        './setup.sh --down, then ./setup.sh: it starts this version'
      )
}
