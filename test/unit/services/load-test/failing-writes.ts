import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { type DiskError, diskErrors, failingDisk } from '../../failing-disk.ts'
import { fakeEngine, fakeProducer } from './fakes.ts'

/** A service on a disk that can fail, and its producers that are open. */
export function beginOnFailingDisk(t: Test) {
  const folder = join(t.testdir(), 'data')
  const open = new Set<number>()
  let producers = 0
  const build = (settings: NodeJS.ProcessEnv = {}) =>
    buildApp(
      loadConfig({
        KOPS_LOG_LEVEL: 'silent',
        KOPS_DATA_DIR: folder,
        KOPS_STATE_DIR: join(folder, 'state'),
        KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1',
        KOPS_LOAD_RUNS_TOPIC: '',
        ...settings
      }),
      {
        // Its spool has tests of its own.
        auditTrail: { record: async () => {} },
        engine: fakeEngine(({ topic }, onOutcome) => {
          const id = ++producers
          const producer = fakeProducer({ onOutcome, silent: topic === 'silent' })
          return {
            ...producer,
            async open() {
              open.add(id)
              return producer.open()
            },
            async close() {
              open.delete(id)
              return producer.close()
            }
          }
        })
      }
    )
  return { folder, open, build }
}

const run = '/api/loadtest/run?eventCount=20'

/** Everything that the service writes. Resolves to the number of requests that the disk made it refuse. */
async function story({ open, build }: ReturnType<typeof beginOnFailingDisk>, t: Test): Promise<number> {
  const app = await build()
  let refused = 0
  async function request(method: 'GET' | 'POST' | 'DELETE', url: string) {
    const answer = await app.inject({ method, url })
    if (answer.statusCode < 400) return answer.json()
    refused += 1
    t.match(answer.json(), { status: 503, code: 'storage_unavailable', retriable: true }, `${method} ${url}`)
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
    return undefined
  }

  const waited = await request('POST', `${run}&topic=x&confirmTopic=x`)
  if (waited) t.match(waited, { status: 'completed', result: { acknowledged: 20 } })
  const started = await request('POST', `${run}&topic=silent&confirmTopic=silent&wait=false`)
  if (started) t.match(await request('DELETE', started.links.cancel), { status: 'aborted' })
  await request('POST', '/api/loadtest/reset')
  t.same([...open], [], 'every producer is closed')
  const { runs } = await request('GET', '/api/loadtest/runs')
  const ended = [waited, started].flatMap((job) => job?.id ?? []).sort()
  t.same(runs.map(({ id }: { id: string }) => id).sort(), ended, 'a refused run has left nothing')
  t.notMatch(runs, [{ status: 'running' }])
  await app.close()
  return refused
}

/**
 * Lets each write of the service fail.
 * @param everyCase with each error, once and ever after; otherwise with one error once, and with the other ever after
 */
export function testFailingWrites({ everyCase }: { everyCase: boolean }): void {
  let sites: readonly string[] = []
  t.test('a disk that works refuses nothing', async (t) => {
    const begun = beginOnFailingDisk(t)
    const disk = failingDisk(t, begun.folder)
    t.equal(await story(begun, t), 0)
    sites = [...disk.writes]
  })

  t.test('whichever write fails, no request hangs, no run stays running and no producer stays open', async (t) => {
    t.ok(sites.length > 10, `${sites.length} writes`)
    const cases = diskErrors.flatMap((error) => [true, false].map((only): [DiskError, boolean] => [error, only]))
    for (const nth of sites.keys()) {
      for (const [index, [error, only]] of cases.entries()) {
        // Of the four cases the outer two, and of the next write the inner two.
        if (!everyCase && (index === 0 || index === 3) !== (nth % 2 === 0)) continue
        await t.test(`${error} at ${sites[nth]} (${nth})${only ? '' : ' and ever after'}`, async (t) => {
          const begun = beginOnFailingDisk(t)
          const disk = failingDisk(t, begun.folder)
          disk.fail(error, nth, only)
          await story(begun, t)
          disk.recover()
          const next = await begun.build()
          t.notMatch((await next.inject('/api/loadtest/runs')).json().runs, [{ status: 'running' }])
          await next.close()
        })
      }
    }
  })
}
