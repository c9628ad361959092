import { modeOf } from '#shared/cluster/definition.ts'
import { check, error, type Judgement, ok, problemsOr, unknown, warning } from '../../check.ts'
import { holesAsOf, holesOf, holesSource, type KnownHole } from '../../known-holes.ts'

/** Protocols of a broker's listeners, by name. */
export function listenersOf(settings: Record<string, string | null>): [listener: string, protocol: string][] {
  const map = new Map(
    (settings['listener.security.protocol.map'] ?? '').split(',').map((entry) => {
      const [listener = '', protocol = ''] = entry.split(':')
      return [listener, protocol]
    })
  )
  const names = (settings['listeners'] ?? '')
    .split(',')
    .flatMap((address) => /^\s*([^:]+):\/\//.exec(address)?.[1] ?? [])
  return names.map((name) => [name, map.get(name) ?? name])
}

function judgeHoles(software: KnownHole['software'], version: string, where: string): Judgement[] {
  const holes = holesOf(software, version)
  if (holes === undefined) return [unknown(`${where} names no release: ${version}`, `Compare with ${holesSource}`)]
  const fixedIn = ({ affected }: KnownHole) => affected.map(([, fixed]) => fixed).join(', ')
  const problems = holes.map((hole) =>
    (hole.severity === 'error' ? error : warning)(
      `${where} ${version} has ${hole.cve}: ${hole.summary}`,
      `Fixed in ${fixedIn(hole)}: upgrade, or make sure that it does not concern you`
    )
  )
  return problemsOr(problems, `${where} ${version}: none of the holes known on ${holesAsOf}`)
}

/** Who gets in, and through which holes. */
export const securityChecks = [
  check('production.encryption', ['brokerSettings'], ({ brokerSettings }) => {
    const open = new Map<string, string>()
    const silent = brokerSettings
      .filter(({ settings }) => listenersOf(settings).length === 0)
      .map(({ broker }) => broker)
    for (const { settings } of brokerSettings) {
      for (const [listener, protocol] of listenersOf(settings))
        if (protocol.endsWith('PLAINTEXT')) open.set(listener, protocol)
    }
    if (open.size > 0) {
      const found = Array.from(open, ([listener, protocol]) => `${listener} is ${protocol}`).join(', ')
      return error(
        `listeners without TLS: ${found}`,
        './setup.sh --reset --security sasl_ssl (deletes the data); docs/security-of-kafka.md'
      )
    }
    return silent.length > 0 || brokerSettings.length === 0
      ? unknown(`${silent.join(', ') || 'no broker'} did not report its listeners`, 'kops brokers list')
      : ok('every listener speaks TLS')
  }),

  check('production.authorization', ['brokerSettings'], ({ brokerSettings }) => {
    const without = brokerSettings.filter(({ settings }) => settings['authorizer.class.name'] === '')
    const silent = brokerSettings.filter(({ settings }) => settings['authorizer.class.name'] === undefined)
    if (without.length > 0) {
      return error(
        `everybody may do everything: ${without.map(({ broker }) => broker).join(', ')} checks no ACLs`,
        'docs/security-of-kafka.md'
      )
    }
    return silent.length > 0 || brokerSettings.length === 0
      ? unknown('not every broker reported its authorizer', 'kops brokers list')
      : ok('brokers check ACLs')
  }),

  check('production.access', ['openServices'], ({ openServices }) =>
    problemsOr(
      openServices.length === 0
        ? []
        : [
            warning(
              `without a token everybody on this machine is an admin of ${openServices.join(', ')}`,
              'KOPS_TOKENS_FILE; docs/access-control.md'
            )
          ],
      'the services ask for a token'
    )
  ),

  check('production.kafka', ['distribution'], ({ distribution: { kafka } }) =>
    kafka === null
      ? unknown('which release of Kafka runs cannot be seen from here', `Compare it with ${holesSource}`)
      : judgeHoles('kafka', kafka, 'Kafka')
  ),

  check('production.zookeeper', ['health', 'definition'], ({ health: { zookeepers }, definition }) => {
    if (modeOf(definition) === 'kraft') return []
    const versions = new Set(zookeepers.flatMap(({ version }) => version ?? []))
    if (versions.size === 0) return unknown('no ZooKeeper node named its version', 'kops cluster status')
    return [...versions].flatMap((version) => judgeHoles('zookeeper', version, 'ZooKeeper'))
  })
]
