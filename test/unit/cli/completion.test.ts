import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { projectRoot } from '#cli/config.ts'
import { fakeServices, kops, type Received } from './kops.ts'

const sh = promisify(execFile)
const asOf = '2026-01-31T12:00:00Z'
const topic = (name: string) => ({
  ...{ name, internal: false, partitions: 3, replicas: 9, replicationFactor: 3, offline: 0, underReplicated: 0 },
  sizeBytes: 1024
})

function respond({ path, query }: Received) {
  const topics = ['orders', 'orders-copy', 'payments'].filter((name) => name.includes(query['name'] ?? '')).map(topic)
  if (path === '/api/topics') return { body: { topics, total: topics.length, asOf, warnings: [] } }
  const groups = ['billing', 'log-indexer'].map((group) => ({
    group,
    state: 'Stable',
    protocolType: 'consumer',
    members: 1
  }))
  if (path === '/api/groups') return { body: { groups, asOf, warnings: [] } }
  return { status: 404, body: {} }
}

const completed: { words: string[]; found: RegExp; not?: RegExp }[] = [
  { words: ['to'], found: /^topics\t.+\ntoken\t/ },
  { words: ['topics', 'cre'], found: /^create\tcreate a topic/ },
  { words: ['topics', 'describe', 'ord'], found: /^orders\norders-copy$/ },
  { words: ['topics', 'list', '--un'], found: /^--unhealthy\t.+\n--under-min-isr\t.+\n--under-replicated\t/ },
  { words: ['topics', 'list', '--sort', ''], found: /^name\nsize\npartitions\ntrouble$/ },
  { words: ['topics', 'list', '--sort', '=', 's'], found: /^size$/ },
  { words: ['topics', 'list', '-o', 'js'], found: /^json\njsonl$/ },
  { words: ['topics', 'list', '--c'], found: /^--cursor\t.+\n--context\t.+\n--curl\t/ },
  { words: ['groups', 'describe', ''], found: /^billing\nlog-indexer$/ },
  { words: ['groups', 'reset-offsets', 'billing', '--topic', 'p'], found: /^payments$/ },
  { words: ['completion', ''], found: /^bash\nzsh\nfish$/ },
  { words: ['context', 'use', 'l'], found: /^local$/ },
  { words: ['health', '--context', 'l'], found: /^local$/ },
  { words: ['reassignments', 'apply', ''], found: /^$/ },
  { words: ['nonsense', ''], found: /^$/ },
  { words: [''], found: /^setup\t[\s\S]*completion\t/, not: /__complete/ }
]

t.test('words are completed from the table of commands and from the services', async (t) => {
  const { options } = await fakeServices(t, respond)
  for (const { words, found, not } of completed) {
    const ask = () => kops(['__complete', ...options, ...words])
    let ran = await ask()
    // Names that do not come in time are left out, and a busy machine takes its time.
    for (let again = 0; again < 20 && !found.test(ran.stdout); again += 1) ran = await ask()
    const { code, stdout, stderr } = ran
    t.match({ code, stderr, stdout }, { code: 0, stderr: '', stdout: found }, words.join(' '))
    if (not) t.notMatch(stdout, not)
  }
})

t.test('services that are away, or slow, leave names out in 300 ms, and nothing is said', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  t.teardown(() => {
    silent.close()
    silent.closeAllConnections()
  })
  await new Promise((resolve) => silent.once('listening', resolve))
  const address = silent.address()
  const port = typeof address === 'object' && address ? address.port : 0
  for (const url of [`http://127.0.0.1:${port}`, 'http://127.0.0.1:1']) {
    let bestMs = Number.POSITIVE_INFINITY
    // A machine that others use may need several attempts.
    for (let attempt = 0; attempt < 10 && bestMs >= 300; attempt += 1) {
      const at = performance.now()
      const ran = await kops(['__complete', '--admin-url', url, 'topics', 'describe', ''])
      t.match(ran, { code: 0, stdout: '', stderr: '' })
      bestMs = Math.min(bestMs, performance.now() - at)
    }
    t.ok(bestMs < 300, `${bestMs} ms`)
  }
})

t.test('bash completes with what kops completion bash prints', async (t) => {
  const { url } = await fakeServices(t, respond)
  const { stdout: script } = await kops(['completion', 'bash'])
  const bin = join(t.testdir(), 'bin')
  await mkdir(bin, { recursive: true })
  const program = join(bin, 'kops')
  await writeFile(
    program,
    `#!/bin/sh\nexec env -u NODE_OPTIONS ${process.execPath} ${join(projectRoot, 'cli/main.ts')} "$@"\n`
  )
  await chmod(program, 0o755)
  const session = `${script}\nCOMP_WORDS=(kops topics describe ord); COMP_CWORD=3
for try in 1 2 3 4 5 6 7 8 9 10; do _kops; [ \${#COMPREPLY[@]} -gt 0 ] && break; done; printf '%s\\n' "\${COMPREPLY[@]}"
COMP_WORDS=(kops topics cr); COMP_CWORD=2; _kops; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p kops`
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, KOPS_ADMIN_URL: url }
  const { stdout } = await sh('bash', ['--norc', '-c', session], { env })
  t.equal(stdout, 'orders\norders-copy\ncreate\ncomplete -o default -F _kops kops\n')
})

t.test('each shell has a script that asks kops', async (t) => {
  for (const shell of ['bash', 'zsh', 'fish'])
    t.match((await kops(['completion', shell])).stdout, / __complete /, shell)
  t.match(await kops(['completion', 'tcsh']), { code: 2, stderr: /bash, zsh, fish/ })
})
