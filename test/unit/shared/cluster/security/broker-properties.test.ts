import t from 'tap'
import { type ClusterDefinition, defaultHeap, defaultPorts, withMode } from '#shared/cluster/definition.ts'
import { securityJavaOptions, securityProperties } from '#shared/cluster/security/broker-properties.ts'

const plain: ClusterDefinition = {
  id: 'abc123',
  name: 'test',
  runtime: 'local',
  ports: defaultPorts,
  heap: defaultHeap
}
const secrets = { keystore: '/s/kafka-1.pem', ca: '/s/ca.pem', password: undefined }

/** The properties by their names. */
function read(lines: string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

t.test('in plain text nothing is configured but the protocols', async (t) => {
  t.same(securityProperties(plain, undefined), [
    'listener.security.protocol.map=INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT'
  ])
})

t.test('ACLs in plain text are kept by the authorizer of the mode, which lets everyone in', async (t) => {
  for (const [mode, className] of [
    ['zookeeper', 'kafka.security.authorizer.AclAuthorizer'],
    ['kraft', 'org.apache.kafka.metadata.authorizer.StandardAuthorizer']
  ] as const) {
    t.match(read(securityProperties(withMode({ ...plain, authorizer: true }, mode), undefined)), {
      'authorizer.class.name': className,
      'super.users': 'User:ANONYMOUS',
      'allow.everyone.if.no.acl.found': 'true'
    })
  }
})

t.test('a secured broker knows the others by certificates, and lets only those do everything', async (t) => {
  const cases = [
    { security: 'ssl', protocol: 'SSL', clientAuth: 'required' },
    { security: 'sasl_ssl', protocol: 'SASL_SSL', clientAuth: 'none' }
  ] as const
  for (const { security, protocol, clientAuth } of cases) {
    t.match(
      read(securityProperties({ ...plain, security }, secrets)),
      {
        'listener.security.protocol.map': `INTERNAL:SSL,EXTERNAL:${protocol},CONTROLLER:SSL`,
        'ssl.keystore.location': '/s/kafka-1.pem',
        'listener.name.internal.ssl.client.auth': 'required',
        'listener.name.controller.ssl.client.auth': 'required',
        'listener.name.external.ssl.client.auth': clientAuth,
        'super.users': 'User:CN=kafka-1;User:CN=kafka-2;User:CN=kafka-3',
        'allow.everyone.if.no.acl.found': 'false'
      },
      security
    )
  }
})

t.test('under Compose the clients in other containers have a listener of their own', async (t) => {
  const properties = read(securityProperties({ ...plain, runtime: 'compose', security: 'sasl_ssl' }, secrets))
  t.match(properties, {
    'listener.security.protocol.map': 'INTERNAL:SSL,EXTERNAL:SASL_SSL,SERVICES:SASL_SSL,CONTROLLER:SSL',
    'listener.name.internal.ssl.client.auth': 'required'
  })
  const of = (listener: string) =>
    Object.entries(properties)
      .filter(([name]) => name.startsWith(`listener.name.${listener}.`))
      .map(([name, value]) => [name.replace(`.${listener}.`, '.'), value])
  t.ok(of('external').length > 1)
  t.same(of('services'), of('external'))
})

t.test('mechanisms besides SCRAM-SHA-512 are configured where they are asked for', async (t) => {
  const external = 'listener.name.external'
  const jwksUrl = 'file:///keys.json'
  const definition: ClusterDefinition = {
    ...plain,
    security: 'sasl_ssl',
    clientListener: {
      saslMechanisms: ['PLAIN', 'SCRAM-SHA-256', 'OAUTHBEARER'],
      jwksUrl,
      audience: 'kafka',
      maxReauthMs: 30_000
    }
  }
  t.match(read(securityProperties(definition, { ...secrets, password: 'secret' })), {
    [`${external}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512,PLAIN,SCRAM-SHA-256,OAUTHBEARER',
    [`${external}.plain.sasl.jaas.config`]: /PlainLoginModule required user_kops="secret";$/,
    [`${external}.scram-sha-256.sasl.jaas.config`]: /ScramLoginModule required;$/,
    [`${external}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url`]: jwksUrl,
    [`${external}.oauthbearer.sasl.oauthbearer.expected.audience`]: 'kafka',
    'connections.max.reauth.ms': '30000'
  })
  t.same(securityJavaOptions(definition), [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${jwksUrl}`])
  t.same(securityJavaOptions(plain), [])
})
