import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import t from 'tap'
import { createAuthority, issue, isUsable } from '#shared/cluster/security/certificates.ts'

const now = new Date()
const authority = await createAuthority('test, with a comma', now)
const addresses = { ips: ['127.0.0.1', '10.213.7.11'], names: ['localhost', 'kafka-1'] }
const broker = await issue(authority, { commonName: 'kafka-1', addresses }, now)
const client = await issue(authority, { commonName: 'kops', addresses: undefined }, now)

t.test('an authority signs certificates of brokers and clients, not further authorities', async (t) => {
  const issuer = new X509Certificate(authority.certificate)
  t.ok(issuer.ca)
  for (const { certificate, key } of [broker, client]) {
    const own = new X509Certificate(certificate)
    t.ok(own.verify(issuer.publicKey))
    t.ok(own.checkPrivateKey(createPrivateKey(key)))
    t.notOk(own.ca)
    t.match(key, /^-----BEGIN PRIVATE KEY-----/, 'PKCS#8, as Kafka reads it')
  }
  t.equal(new X509Certificate(client.certificate).subject, 'CN=kops')
})

t.test('brokers are servers and clients, clients are only clients', async (t) => {
  const [serverAuth, clientAuth] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']
  t.same(new X509Certificate(broker.certificate).keyUsage, [serverAuth, clientAuth])
  t.same(new X509Certificate(client.certificate).keyUsage, [clientAuth])
})

t.test('a certificate is used on while it is from the authority, has time left and covers the addresses', async (t) => {
  const other = await createAuthority('test, with a comma', now)
  const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000)
  const cases = [
    { name: 'as issued', expected: true },
    { name: 'from another authority of the same name', authority: other.certificate, expected: false },
    { name: 'shortly before renewal', at: inDays(630), expected: true },
    { name: 'at renewal', at: inDays(650), expected: false },
    { name: 'another address', addresses: { ...addresses, ips: ['10.213.8.11'] }, expected: false },
    { name: 'another name', addresses: { ...addresses, names: ['kafka-2'] }, expected: false },
    { name: 'no certificate', certificate: 'nonsense', expected: false }
  ]
  for (const { name, expected, ...given } of cases) {
    const of = { authority: authority.certificate, addresses, now: given.at ?? now, ...given }
    t.equal(isUsable(given.certificate ?? broker.certificate, of), expected, name)
  }
})

t.test('both ends of a connection verify each other by them', async (t) => {
  const server = createServer({ ...tls(broker), ca: authority.certificate, requestCert: true }, (socket) => {
    socket.end(socket.authorized ? String(socket.getPeerCertificate().subject.CN) : String(socket.authorizationError))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const socket = connect({ ...tls(client), ca: authority.certificate, host: '127.0.0.1', port })
  const [answer] = await once(socket.setEncoding('utf8'), 'data')
  t.equal(answer, 'kops')
})

function tls({ certificate, key }: { certificate: string; key: string }) {
  return { cert: certificate, key }
}
