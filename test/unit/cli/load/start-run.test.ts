import t, { type Test } from 'tap'
import { startRun } from '#cli/load/start-run.ts'
import type { Client } from '#shared/client/client.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { run } from './run.ts'

const workload: Workload = {
  name: 'x',
  topic: { kind: 'temporary', partitions: 1, replicationFactor: 1 },
  records: 1,
  consumers: [{ members: 1 }, { group: 'indexer', members: 1 }, { group: 'billing', members: 1 }]
}

/** Asks a service where some groups have commits of somebody else. */
async function started(t: Test, foreign: string[], { yes, answers }: { yes?: boolean; answers?: string[] } = {}) {
  const sent: (string | undefined)[][] = []
  const call = async (_endpoint: unknown, { body }: { body: Workload }) => {
    const { consumers = [] } = body
    sent.push(consumers.map(({ confirm }) => confirm))
    const missing = consumers.findIndex(({ group = '', confirm }) => foreign.includes(group) && confirm !== group)
    if (missing >= 0) throw fieldError('validation_failed', `consumers.${missing}.confirm`, 'must be the name')
    return run()
  }
  const asked: string[] = []
  const output = { print: () => {}, error: (line: string) => void asked.push(line) }
  const person = {
    present: answers !== undefined,
    async ask(question: string) {
      asked.push(question)
      return answers?.shift() ?? ''
    }
  }
  const before = process.exitCode
  t.teardown(() => {
    process.exitCode = before
  })
  const client = { call } as unknown as Pick<Client, 'call'>
  const found = await startRun({ output, person }, client, workload, yes)
  return { found: found?.id, sent, asked }
}

const id = run().id
t.test('groups that are free are not confirmed', async (t) => {
  t.same(await started(t, []), { found: id, sent: [[undefined, undefined, undefined]], asked: [] })
})

t.test('a group of somebody else is confirmed by its name, each on its own', async (t) => {
  const { found, sent, asked } = await started(t, ['indexer', 'billing'], { answers: ['indexer', 'billing'] })
  t.equal(found, id)
  t.same(sent.at(-1), [undefined, 'indexer', 'billing'])
  t.match(asked, [/commits of indexer/, /Type indexer to continue/, /commits of billing/, /Type billing/])
  const refused = await started(t, ['billing'], { answers: ['yes'] })
  t.match(refused, { found: undefined, sent: [Array], asked: [String, String, 'Nothing was started.'] })
  await t.rejects(started(t, ['billing']), { name: 'UsageError', message: /billing.*no terminal.*--yes/ })
  t.same((await started(t, ['billing'], { yes: true })).sent, [[undefined, 'indexer', 'billing']])
})

t.test('other refusals stand', async (t) => {
  const refuse = (error: Error) => ({ call: () => Promise.reject(error) }) as unknown as Pick<Client, 'call'>
  const context = { output: { print() {}, error() {} }, person: { present: true, ask: async () => 'x' } }
  for (const error of [
    new KopsError('group_active', 'in use'),
    fieldError('validation_failed', 'topic.confirm', 'must be x'),
    fieldError('validation_failed', 'consumers.9.confirm', 'must be x')
  ]) {
    await t.rejects(startRun(context, refuse(error), workload), error)
  }
})
