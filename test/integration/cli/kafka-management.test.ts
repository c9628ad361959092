import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ownTopic } from '../admin/service.ts'
import { stateDir } from '../support/under-test.ts'

t.setTimeout(120_000)
const root = join(import.meta.dirname, '../../..')
const script = join(root, 'deployment/kafka/kafka-management.sh')

// start, stop and restart would take the cluster of the other tests: test/unit/deployment shows what they call.

interface Outcome {
  code: number
  out: string
  err: string
}

/** Runs the script on the cluster under test. */
const folder = t.testdir()
const kops = join(folder, 'kops')
await writeFile(kops, `#!/bin/sh\nexec env -u NODE_OPTIONS '${root}/kops' --state-dir '${stateDir}' "$@"\n`, {
  mode: 0o755
})

function manage(...args: string[]): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  execFile(script, args, { env: { ...process.env, KOPS: kops }, maxBuffer: 2 ** 24 }, (error, out, err) =>
    resolve({ code: Number(error?.code ?? 0), out, err })
  )
  return promise
}

t.test('a topic is created, described, written to and read, and groups are listed', async (t) => {
  const topic = ownTopic(t, 'managed')
  t.match(await manage('create-topic', topic, '3', '1'), { code: 0, out: topic })
  t.match(await manage('describe-topic', topic), { code: 0, out: `${topic}: 3 partitions, replication factor 1` })
  t.match(await manage('topics'), { code: 0, out: topic })
  t.match(await manage('produce', topic, '{"test": "message"}'), { code: 0 })
  t.match(await manage('consume', topic, '5'), { code: 0, out: /\{"test":"message"\}/ })
  t.match(await manage('create-topic', topic), { code: 1, err: /topic_exists/ })
  t.match(await manage('groups'), { code: 0 })
  t.match(await manage('describe-group', `${topic}-nobody`), { code: 1, err: /group_not_found/ })
})

t.test('status and logs are those of the nodes', async (t) => {
  t.match(await manage('status'), { code: 0, out: /kafka-3 +running/ })
  const { code, out } = await manage('logs', 'kafka')
  t.equal(code, 0)
  t.same(out.match(/^== .*$/gm), ['== kafka-1', '== kafka-2', '== kafka-3'])
})

t.test('init-topics creates the topics of its catalog, and nothing the next time', async (t) => {
  t.match(await manage('init-topics'), { code: 0 })
  t.match(await manage('init-topics'), { code: 0, out: /smart-load-balancer: 0 changes/ })
  const { out } = await manage('topics')
  for (const topic of ['service-metrics', 'routing-decisions', 'health-scores']) t.match(out, topic)
})
