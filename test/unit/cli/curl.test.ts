import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { curlOf } from '#shared/client/curl.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { fakeServices, kops, type Received } from './kops.ts'

const sh = promisify(execFile)
const problem = {
  ...{ type: 'about:blank', title: 'x', status: 409, detail: 'no', instance: '/', code: 'kafka_refused' },
  ...{ retriable: false, requestId: 'r' }
}
const sent = ({ method, path, query, body, headers }: Received) => ({
  ...{ method, path, query, body, accept: headers.accept },
  authorization: headers.authorization,
  type: headers['content-type']
})

const commands = [
  ['topics', 'list', '--name', "it's"],
  ['topics', 'create', 'orders', '-p', '3', '-c', 'retention.ms=1'],
  ['topics', 'delete', 'orders'],
  ['groups', 'reset-offsets', 'billing', '--to-earliest'],
  ['messages', 'produce', 'orders', `{"a":"it's $HOME"}`],
  ['brokers', 'config', 'set', '1', 'log.cleaner.threads=2'],
  ['alerts'],
  ['load', 'stop', 'x'],
  ['drill', 'run', 'broker-stop', '--node', 'kafka-1']
]

t.test('--curl prints what, run in a shell, sends the request that the command would have sent', async (t) => {
  const { options, received } = await fakeServices(t, () => ({ status: 409, body: problem }))
  process.env['KOPS_TOKEN'] = 'secret-word'
  t.teardown(() => {
    delete process.env['KOPS_TOKEN']
  })
  for (const args of commands) {
    const name = args.join(' ')
    const { code, stdout } = await kops([...options, ...args, '--curl'])
    t.match({ code, received, stdout }, { code: 0, received: { length: 0 }, stdout: /^curl [^\n]*$/ }, name)
    t.notMatch(stdout, /secret-word/)
    await sh('sh', ['-c', stdout]).catch(() => undefined) // it is refused
    const [byCurl] = received.splice(0)
    const yes = args.includes('delete') || args.includes('reset-offsets') ? ['--yes'] : []
    await kops([...options, ...args, ...yes])
    const [byKops] = received.splice(0)
    t.ok(byCurl && byKops, `${name}: both were received`)
    if (byCurl && byKops) t.same(sent(byCurl), sent(byKops), name)
  }
})

t.test(
  '--curl makes no call where an option stands before the command either, and is refused by what has none',
  async (t) => {
    const { options, received } = await fakeServices(t, () => ({ status: 409, body: problem }))
    t.match(await kops([...options, '--curl', 'load', 'stop', 'x']), { code: 0, stdout: /^curl .* -X DELETE / })
    t.match(await kops([...options, 'drill', '--curl', 'run', 'broker-stop', '--node', 'kafka-1']), {
      code: 0,
      stdout: /^curl /
    })
    t.match(await kops([...options, 'health', '--curl']), { code: 0, stdout: /api\/health'$/ })
    t.match(await kops([...options, '--curl', 'cluster', 'down']), { code: 2, stderr: /calls no service/ })
    t.match(await kops([...options, 'load', 'worker', '--curl']), { code: 2, stderr: /calls no service/ })
    t.equal(received.length, 0)
  }
)

t.test('a token of a file and a stream are printed as a shell needs them', async (t) => {
  const urls = { admin: 'http://a', health: 'https://h', loadTest: 'http://l' }
  const access = { urls, token: { file: "/it's" }, ca: { file: '/ca.pem' } }
  t.equal(
    curlOf(endpoints.watchHealth, {}, access),
    `curl -sS --fail-with-body -N --cacert '/ca.pem' -H "Authorization: Bearer $(cat '/it'\\''s')" -H 'accept: text/event-stream' 'https://h/api/health/stream'`
  )
})
