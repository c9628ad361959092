import type { ErrorCode } from '../../errors/catalog.ts'

interface SecurityFailure {
  code: Extract<ErrorCode, 'kafka_tls_failed' | 'kafka_login_refused'>
  /** What is wrong, with the setting that probably is. */
  message: string
}

const untrusted = 'no authority in KOPS_KAFKA_SSL_CA has signed its certificate'
const certificateRefused =
  'it requires another client certificate (KOPS_KAFKA_SSL_CERT, KOPS_KAFKA_SSL_KEY), or one at all'
const noTls = 'it does not answer in TLS, as KOPS_KAFKA_SECURITY_PROTOCOL requires'

/** A broker that expects a login reports its versions to everyone, and closes the connection at the next request. */
export const expectsLogin = 'as a broker does that expects a login (KOPS_KAFKA_SECURITY_PROTOCOL)'

/** In the words of @platformatic/kafka. */
export const requiresTls = 'Broker requires TLS.'

/** By the code of Node's error. */
const tlsFailures: Record<string, string> = {
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: 'its certificate, or that of an authority in KOPS_KAFKA_SSL_CA, has expired',
  CERT_NOT_YET_VALID: 'its certificate, or that of an authority in KOPS_KAFKA_SSL_CA, is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is not for the host in KOPS_BOOTSTRAP_SERVERS or advertised.listeners',
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls
}

/** Alerts with which a broker refuses the certificate of a client, or that there is none; OpenSSL names them differently. */
const alert = /^ERR_SSL_.*ALERT_(?:CERTIFICATE_|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/

/** By Kafka's name of the error. */
const loginFailures: Record<string, string> = {
  SASL_AUTHENTICATION_FAILED:
    'it refuses the login: KOPS_KAFKA_SASL_USERNAME, KOPS_KAFKA_SASL_PASSWORD or, with OAUTHBEARER, KOPS_KAFKA_SASL_TOKEN_FILE or _URL',
  UNSUPPORTED_SASL_MECHANISM: 'it does not offer KOPS_KAFKA_SASL_MECHANISM',
  // kafkajs goes on after a token was refused, and gets this.
  ILLEGAL_SASL_STATE:
    'it expects no login here (KOPS_KAFKA_SECURITY_PROTOCOL), or refuses the token (KOPS_KAFKA_SASL_TOKEN_FILE or _URL)'
}

/**
 * Why a connection was not secure enough for one of the two sides, if that is why it failed.
 * @param chain of errors, as both clients wrap them, outermost first
 */
export function securityFailure(chain: readonly Record<string, unknown>[]): SecurityFailure | undefined {
  for (const { code, apiId, type, message, name } of chain) {
    const text = typeof message === 'string' ? message : ''
    const refused = alert.test(String(code)) ? certificateRefused : undefined
    const tls = tlsFailures[String(code)] ?? refused ?? (isWithoutTls(text) ? noTls : undefined)
    if (tls) return { code: 'kafka_tls_failed', message: tls }
    if (text === requiresTls) {
      return { code: 'kafka_tls_failed', message: 'it requires TLS: KOPS_KAFKA_SECURITY_PROTOCOL' }
    }
    const login = loginFailures[String(apiId)] ?? loginFailures[String(type)]
    if (login) return { code: 'kafka_login_refused', message: login }
    if (name === 'KafkaJSSASLAuthenticationError') {
      const unknown = text.includes('mechanism is not supported')
      const why = loginFailures[unknown ? 'UNSUPPORTED_SASL_MECHANISM' : 'SASL_AUTHENTICATION_FAILED'] ?? ''
      return { code: 'kafka_login_refused', message: why }
    }
  }
  const isLogin = chain.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION')
  return isLogin
    ? { code: 'kafka_login_refused', message: loginFailures['SASL_AUTHENTICATION_FAILED'] ?? '' }
    : undefined
}

/** Kafka closes a connection whose first bytes are no Kafka request. */
function isWithoutTls(message: string): boolean {
  return message.includes('before secure TLS connection was established')
}

/** A TLS alert: the first bytes with which a port of TLS refuses plain text. As the size of an answer they would be 352 MB. */
export function isTlsAlert(bytes: Buffer): boolean {
  return bytes[0] === 0x15 && bytes[1] === 0x03
}
