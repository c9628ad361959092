import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { projectRoot } from '#cli/config.ts'
import { ownFolder } from '../own-folder.ts'

const script = join(projectRoot, 'deployment/kafka/kafka-management.sh')
const status = 'c (local)\n\nNODE         STATE\nzookeeper-1  running\nkafka-1      running\nkafka-2      stopped\n'

/** Runs the script with a kops that only notes how it was called. @param fails the call that ends with 1 */
async function manage(t: Test, args: string[], fails = 'nothing') {
  const kops = join(ownFolder(t), 'kops')
  await writeFile(
    kops,
    `#!/bin/sh\nfor word; do printf '[%s]' "$word"; done >>"$0.calls"; echo >>"$0.calls"\n` +
      `[ "$*" != '${fails}' ] || exit 1\ncase $* in 'cluster status') printf '${status}' ;; esac\n`,
    { mode: 0o755 }
  )
  const calls = `${kops}.calls`
  await writeFile(calls, '')
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string; err: string }>()
  execFile('/bin/sh', [script, ...args], { env: { PATH: '/usr/bin:/bin', KOPS: kops } }, (error, out, err) =>
    resolve({ code: Number(error?.code ?? 0), out, err })
  )
  const outcome = await promise
  return { ...outcome, calls: (await readFile(calls, 'utf8')).split('\n').filter((line) => line !== '') }
}

const verbs: [args: string[], calls: string[]][] = [
  [['start'], ['[setup]']],
  [['stop'], ['[setup][--down]']],
  [['restart'], ['[setup][--down]', '[setup]']],
  [['status'], ['[cluster][status]']],
  [
    ['logs', 'kafka'],
    ['[cluster][status]', '[cluster][logs][kafka-1]', '[cluster][logs][kafka-2]']
  ],
  [
    ['logs', 'zookeeper'],
    ['[cluster][status]', '[cluster][logs][zookeeper-1]']
  ],
  [['logs', 'kafka-2'], ['[cluster][logs][kafka-2]']],
  [
    ['logs'],
    ['[cluster][status]', '[cluster][logs][zookeeper-1]', '[cluster][logs][kafka-1]', '[cluster][logs][kafka-2]']
  ],
  [['init-topics'], ['[catalog][apply][smart-load-balancer]']],
  [['topics'], ['[topics][list]']],
  [
    ['create-topic', 'my-topic', '3', '1'],
    ['[topics][create][--partitions][3][--replication-factor][1][--][my-topic]']
  ],
  [['create-topic', 'my-topic'], ['[topics][create][--partitions][3][--replication-factor][3][--][my-topic]']],
  [['describe-topic', 'service-metrics'], ['[topics][describe][--][service-metrics]']],
  [
    ['produce', 'service-metrics', '{"test": "message"}'],
    ['[messages][produce][--][service-metrics][{"test": "message"}]']
  ],
  [['produce', 'service-metrics', '-x'], ['[messages][produce][--][service-metrics][-x]']],
  [['consume', 'service-metrics', '5'], ['[messages][read][--from][earliest][--limit][5][--][service-metrics]']],
  [['consume', 'service-metrics'], ['[messages][read][--from][earliest][--limit][10][--][service-metrics]']],
  [['groups'], ['[groups][list]']],
  [['describe-group', 'my-consumer-group'], ['[groups][describe][--][my-consumer-group]']]
]

for (const [args, calls] of verbs) {
  t.test(`${args.join(' ')} calls kops`, async (t) => {
    t.match(await manage(t, args), { code: 0, calls })
  })
}

t.test('a wrong command line ends with 2, and calls nothing', async (t) => {
  const wrong = [
    [],
    ['begin'],
    ['topics', 'x'],
    ['create-topic'],
    ['create-topic', 'a', '1', '1', '1'],
    ['produce', 'a']
  ]
  for (const args of [...wrong, ['produce', 'a', '-'], ['consume'], ['describe-group'], ['logs', 'a', 'b']]) {
    t.match(await manage(t, args), { code: 2, out: '', err: /Usage: kafka-management\.sh/, calls: [] }, args.join(' '))
  }
  t.match(await manage(t, ['help']), { code: 0, out: /describe-group <group>/, calls: [] })
})

t.test('a failure of kops is one of the script', async (t) => {
  t.match(await manage(t, ['topics'], 'topics list'), { code: 1 })
  t.match(
    await manage(t, ['restart'], 'setup --down'),
    { code: 1, calls: ['[setup][--down]'] },
    'it starts nothing then'
  )
  t.match(await manage(t, ['logs', 'kafka'], 'cluster status'), { code: 1, calls: ['[cluster][status]'] })
  t.match(await manage(t, ['logs', 'kafka'], 'cluster logs kafka-1'), { code: 1 })
})
