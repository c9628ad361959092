import type { ClusterMode } from '../../contracts/cluster.ts'
import { type ClusterDefinition, modeOf, nodeNames, securityOf } from '../definition.ts'
import { type BrokerSecrets, brokerPrincipal, kopsName } from './credentials.ts'
import { loginModule, propertyValue } from './tool-properties.ts'

/** The part of server.properties about who may connect and do what. @param secrets undefined in plain text */
export function securityProperties(definition: ClusterDefinition, secrets: BrokerSecrets | undefined): string[] {
  if (secrets === undefined) {
    return [protocols('PLAINTEXT', 'PLAINTEXT'), ...(definition.authorizer ? openAuthorizer(modeOf(definition)) : [])]
  }
  const withPasswords = securityOf(definition) === 'sasl_ssl'
  return [
    protocols('SSL', withPasswords ? 'SASL_SSL' : 'SSL'),
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${propertyValue(secrets.keystore)}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${propertyValue(secrets.ca)}`,
    // Brokers and controllers know each other by their certificates: the quorum of KRaft cannot use SCRAM.
    'listener.name.internal.ssl.client.auth=required',
    'listener.name.controller.ssl.client.auth=required',
    `listener.name.external.ssl.client.auth=${withPasswords ? 'none' : 'required'}`,
    ...(withPasswords ? passwordProperties(definition, secrets) : []),
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

function protocols(betweenNodes: string, clients: string): string {
  return `listener.security.protocol.map=INTERNAL:${betweenNodes},EXTERNAL:${clients},CONTROLLER:${betweenNodes}`
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

function passwordProperties({ clientListener }: ClusterDefinition, { password = '' }: BrokerSecrets): string[] {
  const { saslMechanisms = [], jwksUrl, audience, maxReauthMs } = clientListener ?? {}
  const mechanisms = ['SCRAM-SHA-512', ...saslMechanisms] as const
  const own = (mechanism: keyof typeof loginModules, name: string) =>
    `listener.name.external.${mechanism.toLowerCase()}.${name}`
  return [
    `listener.name.external.sasl.enabled.mechanisms=${mechanisms.join(',')}`,
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
      : []),
    ...(maxReauthMs === undefined ? [] : [`connections.max.reauth.ms=${maxReauthMs}`])
  ]
}
