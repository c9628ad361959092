import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { loadSettings, settingsFileProperty } from '#shared/settings/load-settings.ts'

const schema = Type.Object({
  ...settingsFileProperty,
  KOPS_SERVERS: Type.String({ default: 'a:1', aliases: ['BROKERS', 'STREAMING_KAFKA__SERVERS'], json: 'list' }),
  KOPS_RESET: Type.Enum(['earliest', 'latest'], { default: 'earliest', aliases: ['OFFSET_RESET'] }),
  KOPS_CLIENT: Type.String({ default: '', aliases: ['STREAMING_KAFKA__CLIENT'], json: 'object' }),
  KOPS_PORT: Type.Integer({ default: 8081, minimum: 0, maximum: 65_535 }),
  KOPS_ON: Type.Boolean({ default: false }),
  KOPS_PASSWORD: Type.String({ default: '', aliases: ['PASSWORD'] })
})

const load = (env: Record<string, string>) => loadSettings(schema, env, 'admin-service')

async function fileWith(t: Test, text: string): Promise<string> {
  const path = join(t.testdir({}), 'settings.yaml')
  await writeFile(path, text)
  return path
}

t.test('a setting has the same value under each of its names', async (t) => {
  const cases: [env: Record<string, string>, servers: string][] = [
    [{}, 'a:1'],
    [{ KOPS_SERVERS: 'b:1,b:2' }, 'b:1,b:2'],
    [{ BROKERS: 'b:1' }, 'b:1'],
    [{ BROKERS: '["b:1","b:2"]' }, 'b:1,b:2'],
    [{ STREAMING_KAFKA__SERVERS: '["b:1", "b:2"]' }, 'b:1,b:2'],
    [{ KOPS_SERVERS: 'b:1', BROKERS: '["b:1"]' }, 'b:1'],
    [{ KOPS_SERVERS: '', BROKERS: 'b:1' }, 'b:1'],
    [{ KOPS_SERVERS: 'b:1', BROKERS: '' }, 'b:1'],
    [{ KOPS_SERVERS: '' }, ''],
    [{ BROKERS: '' }, 'a:1']
  ]
  for (const [env, servers] of cases) t.equal(load(env).KOPS_SERVERS, servers, JSON.stringify(env))
})

t.test('the environment goes before the file, whichever name either uses, and the file before defaults', async (t) => {
  const path = await fileWith(
    t,
    [
      'KOPS_PORT: 9000',
      'KOPS_ON: true',
      'OFFSET_RESET: latest',
      'streaming_kafka:',
      '  servers: [f:1, f:2]',
      '  client: {linger_ms: 5}',
      'services:',
      '  KOPS_PORT: 8999',
      '  KOPS_PASSWORD: of-services',
      'admin-service:',
      '  KOPS_PORT: 9001',
      'health-service:',
      '  KOPS_PORT: 9002',
      '  ANYTHING: of health-service'
    ].join('\n')
  )
  const KOPS_CONFIG_FILE = path
  t.match(load({ KOPS_CONFIG_FILE }), {
    KOPS_SERVERS: 'f:1,f:2',
    KOPS_CLIENT: '{"linger_ms":5}',
    KOPS_RESET: 'latest',
    KOPS_PORT: 9001,
    KOPS_ON: true,
    KOPS_PASSWORD: 'of-services'
  })
  t.match(loadSettings(schema, { KOPS_CONFIG_FILE }, 'load-balancer'), { KOPS_PORT: 9000, KOPS_PASSWORD: '' })
  t.match(load({ KOPS_CONFIG_FILE, BROKERS: 'e:1', KOPS_RESET: 'earliest', KOPS_PORT: '1' }), {
    KOPS_SERVERS: 'e:1',
    KOPS_RESET: 'earliest',
    KOPS_PORT: 1
  })
})

t.test('a settings file may be JSON, and may be empty', async (t) => {
  t.equal(load({ KOPS_CONFIG_FILE: await fileWith(t, '{"BROKERS": ["j:1"]}') }).KOPS_SERVERS, 'j:1')
  t.equal(load({ KOPS_CONFIG_FILE: await fileWith(t, '') }).KOPS_SERVERS, 'a:1')
})

t.test('what is wrong is named as it was given, and no secret is', async (t) => {
  const cases: [env: Record<string, string>, message: RegExp][] = [
    [{ OFFSET_RESET: 'never' }, /^OFFSET_RESET \(KOPS_RESET\) must be one of earliest, latest$/],
    [{ KOPS_PORT: 'many' }, /^KOPS_PORT must be integer$/],
    [{ KOPS_PORT: '70000', KOPS_ON: 'perhaps' }, /^KOPS_PORT must be <= 65535; KOPS_ON must be boolean$/],
    [{ BROKERS: '[1]' }, /^BROKERS must be a list of texts/],
    [{ BROKERS: '["b:1"' }, /^BROKERS must be a list of texts/],
    [{ STREAMING_KAFKA__CLIENT: '[]' }, /^STREAMING_KAFKA__CLIENT must be an object in JSON/],
    [
      { KOPS_PASSWORD: 'hunter2', PASSWORD: 'hunter3' },
      /^KOPS_PASSWORD and PASSWORD are two names of one setting \(KOPS_PASSWORD\) and have different values$/
    ],
    [{ BROKERS: 'b:1', STREAMING_KAFKA__SERVERS: '["b:2"]' }, /^BROKERS and STREAMING_KAFKA__SERVERS are two names/],
    [{ KOPS_CONFIG_FILE: '/nowhere.yaml' }, /^KOPS_CONFIG_FILE: \/nowhere.yaml cannot be read: /]
  ]
  for (const [env, message] of cases) {
    t.throws(() => load(env), { message }, JSON.stringify(env))
    t.throws(() => load(env), { message: /^(?!.*hunter)/ })
  }
})

t.test('what is wrong with a file is named with the file', async (t) => {
  const cases: [text: string, message: RegExp][] = [
    ['KOPS_PRT: 1', /settings.yaml: KOPS_PRT is no setting of admin-service/],
    ['streaming_kafka: {server: a}', /settings.yaml: STREAMING_KAFKA__SERVER is no setting of admin-service/],
    ['KOPS_PORT: many', /settings.yaml: KOPS_PORT must be integer/],
    ['KOPS_PORT:', /settings.yaml: KOPS_PORT has no value/],
    ['KOPS_PORT: [1, 2]', /settings.yaml: KOPS_PORT must be integer/],
    ['KOPS_PORT: 1\nkops_port: 2', /settings.yaml: KOPS_PORT is there twice/],
    ['BROKERS: a\nKOPS_SERVERS: b', /settings.yaml: KOPS_SERVERS and .*settings.yaml: BROKERS are two names/],
    ['KOPS_CONFIG_FILE: other.yaml', /KOPS_CONFIG_FILE is no setting/],
    ['- KOPS_PORT', /settings.yaml must be a map of settings/],
    ['admin-service: 1', /settings.yaml: admin-service must be a map of settings/],
    ['KOPS_PORT: "1', /settings.yaml:1: /]
  ]
  for (const [text, message] of cases) {
    const KOPS_CONFIG_FILE = await fileWith(t, text)
    t.throws(() => load({ KOPS_CONFIG_FILE }), { message }, text)
  }
})
