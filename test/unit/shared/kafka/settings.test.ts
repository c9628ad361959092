import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { type KafkaConfig, kafkaConfigProperties, parseKafka } from '#shared/kafka/settings.ts'
import { loadSettings } from '#shared/settings/load-settings.ts'

type Given = Partial<Record<keyof KafkaConfig, string>>

function parse(given: Given) {
  const schema = Type.Object(kafkaConfigProperties)
  return parseKafka(loadSettings(schema, given, 'admin-service'))
}

const plain = {
  KOPS_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
  KOPS_KAFKA_SASL_MECHANISM: 'PLAIN',
  KOPS_KAFKA_SASL_USERNAME: 'kops'
} satisfies Given
const oauth = {
  KOPS_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
  KOPS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER'
} satisfies Given

async function fileWith(t: Test, text: string): Promise<string> {
  const path = join(t.testdir({}), 'secret')
  await writeFile(path, text)
  return path
}

t.test('without settings, three brokers on this machine in plain text', async (t) => {
  const { bootstrapServers, security } = parse({})
  t.same(bootstrapServers, ['127.0.0.1:9092', '127.0.0.1:9093', '127.0.0.1:9094'])
  t.same(security, { tls: undefined, sasl: undefined })
})

t.test('a password in a file is read each time, so that it can be replaced', async (t) => {
  const path = await fileWith(t, 'first\n')
  const { security } = parse({ ...plain, KOPS_KAFKA_SASL_PASSWORD_FILE: path })
  const sasl = security?.sasl
  if (sasl?.mechanism !== 'PLAIN') throw new Error('no PLAIN')
  t.equal(sasl.username, 'kops')
  t.equal(sasl.password(), 'first')
  await writeFile(path, 'second')
  t.equal(sasl.password(), 'second')
})

t.test('a token in a file is read each time', async (t) => {
  const path = await fileWith(t, 'first')
  const { security } = parse({ ...oauth, KOPS_KAFKA_SASL_TOKEN_FILE: path })
  const sasl = security?.sasl
  if (sasl?.mechanism !== 'OAUTHBEARER') throw new Error('no OAUTHBEARER')
  await writeFile(path, 'second')
  t.equal(await sasl.token(), 'second')
})

t.test('what is missing, wrong or without effect is named, and no secret is', async (t) => {
  const notPem = await fileWith(t, 'hunter2')
  const tokenUrl = 'https://id.example/token'
  const cases: [setting: string, given: Given][] = [
    ['KOPS_KAFKA_SECURITY_PROTOCOL', { KOPS_KAFKA_SECURITY_PROTOCOL: 'TLS' }],
    ['KOPS_KAFKA_SASL_MECHANISM', { ...plain, KOPS_KAFKA_SASL_MECHANISM: 'GSSAPI' }],
    ['KOPS_KAFKA_SASL_USERNAME', { ...plain, KOPS_KAFKA_SASL_USERNAME: '', KOPS_KAFKA_SASL_PASSWORD: 'hunter2' }],
    ['KOPS_KAFKA_SASL_USERNAME', { ...plain, KOPS_KAFKA_SASL_USERNAME: 'a,b,c', KOPS_KAFKA_SASL_PASSWORD: 'hunter2' }],
    ['KOPS_KAFKA_SASL_PASSWORD', plain],
    [
      'KOPS_KAFKA_SASL_PASSWORD_FILE exclude each other',
      { ...plain, KOPS_KAFKA_SASL_PASSWORD: 'hunter2', KOPS_KAFKA_SASL_PASSWORD_FILE: notPem }
    ],
    ['KOPS_KAFKA_SASL_PASSWORD_FILE', { ...plain, KOPS_KAFKA_SASL_PASSWORD_FILE: '/nowhere' }],
    ['KOPS_KAFKA_SASL_PASSWORD has no effect', { KOPS_KAFKA_SASL_PASSWORD: 'hunter2' }],
    ['KOPS_KAFKA_SSL_CA has no effect', { ...plain, KOPS_KAFKA_SSL_CA: notPem }],
    ['KOPS_KAFKA_SSL_CA', { KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL', KOPS_KAFKA_SSL_CA: notPem }],
    ['KOPS_KAFKA_SSL_CA', { KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL', KOPS_KAFKA_SSL_CA: '/nowhere' }],
    ['KOPS_KAFKA_SSL_KEY', { KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL', KOPS_KAFKA_SSL_CERT: notPem }],
    ['KOPS_KAFKA_SSL_CERT', { KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL', KOPS_KAFKA_SSL_KEY: notPem }],
    [
      'KOPS_KAFKA_SSL_CERT',
      { KOPS_KAFKA_SECURITY_PROTOCOL: 'SSL', KOPS_KAFKA_SSL_CERT: notPem, KOPS_KAFKA_SSL_KEY: notPem }
    ],
    ['KOPS_KAFKA_SASL_TOKEN_FILE or KOPS_KAFKA_SASL_TOKEN_URL', oauth],
    ['KOPS_KAFKA_SASL_TOKEN_URL is not a URL', { ...oauth, KOPS_KAFKA_SASL_TOKEN_URL: 'id.example' }],
    ['KOPS_KAFKA_SASL_CLIENT_ID', { ...oauth, KOPS_KAFKA_SASL_TOKEN_URL: tokenUrl }],
    [
      'KOPS_KAFKA_SASL_CLIENT_SECRET',
      { ...oauth, KOPS_KAFKA_SASL_TOKEN_URL: tokenUrl, KOPS_KAFKA_SASL_CLIENT_ID: 'kops' }
    ]
  ]
  for (const [setting, given] of cases) {
    try {
      parse(given)
      t.fail(`accepted: ${setting}`)
    } catch (error) {
      const message = String(error)
      t.match(message, setting, message)
      t.notMatch(message, 'hunter2')
    }
  }
})
