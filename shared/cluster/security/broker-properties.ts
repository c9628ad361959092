import type { ClusterMode } from '../../contracts/cluster.ts'
import { type ClusterDefinition, modeOf, nodeNames, securityOf } from '../definition.ts'
import { type BrokerSecrets, brokerPrincipal, kopsName } from './credentials.ts'
import { loginModule, propertyValue } from './tool-properties.ts'

/** The part of server.properties about who may connect and do what. @param secrets undefined in plain text */
export function securityProperties(definition: ClusterDefinition, secrets: BrokerSecrets | undefined): string[] {
  if (secrets === undefined) {
    const open = protocols(definition, 'PLAINTEXT', 'PLAINTEXT')
    return [open, ...(definition.authorizer ? openAuthorizer(modeOf(definition)) : [])]
  }
  const withPasswords = securityOf(definition) === 'sasl_ssl'
  return [
    protocols(definition, 'SSL', withPasswords ? 'SASL_SSL' : 'SSL'),
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${propertyValue(secrets.keystore)}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${propertyValue(secrets.ca)}`,
    // Brokers and controllers know each other by their certificates: the quorum of KRaft cannot use SCRAM.
    'listener.name.internal.ssl.client.auth=required',
    'listener.name.controller.ssl.client.auth=required',
    ...clientListeners(definition).flatMap((listener) => [
      `listener.name.${listener}.ssl.client.auth=${withPasswords ? 'none' : 'required'}`,
      ...(withPasswords ? passwordProperties(listener, definition, secrets) : [])
    ]),
    ...(definition.clientListener?.maxReauthMs === undefined
      ? []
      : [`connections.max.reauth.ms=${definition.clientListener.maxReauthMs}`]),
    `authorizer.class.name=${authorizerClass(modeOf(definition))}`,
    `super.users=${nodeNames(definition).brokers.map(brokerPrincipal).join(';')}`,
    'allow.everyone.if.no.acl.found=false'
  ]
}

/** Options of Java that a broker needs for its listeners. */
export function securityJavaOptions({ clientListener }: Pick<ClusterDefinition, 'clientListener'>): string[] {
  // Kafka reads keys of tokens only from where the process was started to allow it (CVE-2025-27817).
  const url = clientListener?.jwksUrl
  return url === undefined ? [] : [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${url}`]
}

/** external is for clients on this machine; services, under Compose, for those in the network of the containers. */
function clientListeners({ runtime }: Pick<ClusterDefinition, 'runtime'>): string[] {
  return runtime === 'compose' ? ['external', 'services'] : ['external']
}

function protocols(definition: Pick<ClusterDefinition, 'runtime'>, betweenNodes: string, clients: string): string {
  const listeners = clientListeners(definition).map((listener) => `${listener.toUpperCase()}:${clients}`)
  const map = [`INTERNAL:${betweenNodes}`, ...listeners, `CONTROLLER:${betweenNodes}`]
  return `listener.security.protocol.map=${map.join(',')}`
}

/** The brokers themselves connect as User:ANONYMOUS, because the listeners do not authenticate. */
function openAuthorizer(mode: ClusterMode): string[] {
  return [
    `authorizer.class.name=${authorizerClass(mode)}`,
    'super.users=User:ANONYMOUS',
    'allow.everyone.if.no.acl.found=true'
  ]
}

function authorizerClass(mode: ClusterMode): string {
  return mode === 'kraft'
    ? 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
    : 'kafka.security.authorizer.AclAuthorizer'
}

const loginModules = {
  'SCRAM-SHA-512': 'scram.ScramLoginModule',
  'SCRAM-SHA-256': 'scram.ScramLoginModule',
  PLAIN: 'plain.PlainLoginModule',
  OAUTHBEARER: 'oauthbearer.OAuthBearerLoginModule'
}

function passwordProperties(
  listener: string,
  { clientListener }: ClusterDefinition,
  { password = '' }: BrokerSecrets
): string[] {
  const { saslMechanisms = [], jwksUrl, audience } = clientListener ?? {}
  const mechanisms = ['SCRAM-SHA-512', ...saslMechanisms] as const
  const own = (mechanism: keyof typeof loginModules, name: string) =>
    `listener.name.${listener}.${mechanism.toLowerCase()}.${name}`
  return [
    `listener.name.${listener}.sasl.enabled.mechanisms=${mechanisms.join(',')}`,
    ...mechanisms.map((mechanism) => {
      const users: Record<string, string> = mechanism === 'PLAIN' ? { [`user_${kopsName}`]: password } : {}
      return `${own(mechanism, 'sasl.jaas.config')}=${loginModule(loginModules[mechanism], users)}`
    }),
    ...(saslMechanisms.includes('OAUTHBEARER')
      ? [
          `${own('OAUTHBEARER', 'sasl.server.callback.handler.class')}=org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler`,
          `${own('OAUTHBEARER', 'sasl.oauthbearer.jwks.endpoint.url')}=${jwksUrl}`,
          ...(audience === undefined
            ? []
            : [`${own('OAUTHBEARER', 'sasl.oauthbearer.expected.audience')}=${propertyValue(audience)}`])
        ]
      : [])
  ]
}
