import t from 'tap'
import { createTopicDeletions } from '#services/admin/domain/topics/topic-deletions.ts'
import type { DeleteTopicPlan, TopicDeletion } from '#shared/contracts/topic-deletions.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../../manual-clock.ts'

const plan: DeleteTopicPlan = {
  action: 'delete',
  topic: { name: 'a', partitions: 1, replicationFactor: 3, configs: {} },
  records: 0,
  lastWriteAt: null,
  groups: [],
  acls: [],
  obstacles: [],
  applied: false,
  dryRun: false,
  warnings: []
}

/** Lets everything that can go on without a write go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

/** Deletions whose writes end, in order, when the test says so. */
function setUp(given: TopicDeletion[] = []) {
  const clock = manualClock()
  const documents = new Map(given.map((deletion) => [deletion.id, deletion]))
  const writes: { document: TopicDeletion; end: (error?: Error) => void }[] = []
  const done: string[] = []
  const errors: unknown[] = []
  let timer: { at: number; run: () => void } | undefined
  let held = false
  const deletions = createTopicDeletions({
    store: {
      load: async () => [...documents.values()],
      save: async (document) => {
        if (held) {
          await new Promise<void>((resolve, reject) => {
            writes.push({ document, end: (error) => (error ? reject(error) : resolve()) })
          })
        }
        documents.set(document.id, document)
      },
      remove: async (id) => void documents.delete(id)
    },
    carryOut: async ({ id }) => {
      done.push(id)
      return { ...plan, applied: true }
    },
    now: clock.now,
    createId: () => `id-${documents.size}`,
    after: (ms, run) => {
      const mine = { at: clock.now().getTime() + ms, run }
      timer = mine
      return () => {
        if (timer === mine) timer = undefined
      }
    },
    onError: (error) => errors.push(error)
  })
  return {
    deletions,
    documents,
    writes,
    done,
    errors,
    hold: () => {
      held = true
    },
    /** Ends the writes that are held; later ones are held only if so wished. */
    async release(error?: Error, later: 'free' | 'held' = 'free') {
      held = later === 'held'
      for (const { end } of writes.splice(0)) end(error)
      await settle()
    },
    async pass(ms: number) {
      clock.advance(ms)
      if (timer && timer.at <= clock.now().getTime()) timer.run()
      await settle()
    },
    schedule: (topic: string) =>
      deletions.schedule({
        topic,
        dueAt: new Date(clock.now().getTime() + 1000),
        requestedBy: 'alice',
        reason: null,
        force: false,
        plan
      })
  }
}

const outcomeOf = (asked: Promise<TopicDeletion>) =>
  asked.then(
    ({ status }) => status,
    (error: unknown) => (isKopsError(error) ? error.code : String(error))
  )

t.test('a deletion that is due is not cancelled while its start is being stored', async (t) => {
  const { deletions, hold, release, pass, schedule, done } = setUp()
  await deletions.start()
  const { id } = await schedule('a')
  hold()
  await pass(1000)
  const answer = outcomeOf(deletions.cancel(id))
  await settle()
  await release()
  t.equal(await answer, 'job_finished')
  t.same(done, [id])
  t.match(deletions.find(id), { status: 'deleted' })
})

t.test('a deletion that is being cancelled is not carried out when it becomes due', async (t) => {
  const { deletions, documents, hold, release, pass, schedule, done } = setUp()
  await deletions.start()
  const { id } = await schedule('a')
  hold()
  const answer = outcomeOf(deletions.cancel(id))
  await pass(1000)
  await release()
  await pass(1000)
  t.equal(await answer, 'cancelled')
  t.same(done, [])
  t.match(documents.get(id), { status: 'cancelled' })
})

t.test('however cancelling and falling due interleave, a cancelled topic stays and another one goes', async (t) => {
  const steps = ['cancel', 'due', 'release'] as const
  const orders = steps.flatMap((one) =>
    steps.filter((two) => two !== one).map((two) => [one, two, steps.find((step) => step !== one && step !== two)])
  )
  for (const order of orders) {
    for (const failure of [undefined, new Error('the disk is full')]) {
      const { deletions, documents, hold, release, pass, schedule, done } = setUp()
      await deletions.start()
      const { id } = await schedule('a')
      hold()
      let answer: Promise<string> | undefined
      for (const step of order) {
        if (step === 'cancel') answer = outcomeOf(deletions.cancel(id))
        else if (step === 'due') await pass(1000)
        else await release(failure)
        await settle()
      }
      await release()
      await pass(10_000)
      const cancelled = (await answer) === 'cancelled'
      const what = `${order.join(', ')}${failure ? ', the write fails' : ''}`
      t.same(done, cancelled ? [] : [id], `${what}: carried out`)
      t.equal(deletions.find(id).status, cancelled ? 'cancelled' : 'deleted', `${what}: shown`)
      t.equal(documents.get(id)?.status, cancelled ? 'cancelled' : 'deleted', `${what}: stored`)
    }
  }
})

t.test('of two requests at once to cancel a deletion, one cancels it', async (t) => {
  const { deletions, hold, release, schedule } = setUp()
  await deletions.start()
  const { id } = await schedule('a')
  hold()
  const answers = [outcomeOf(deletions.cancel(id)), outcomeOf(deletions.cancel(id))]
  await release()
  t.same(await Promise.all(answers), ['cancelled', 'job_finished'])
})

t.test('of two requests at once to delete a topic, one is scheduled; after a failed write, the next is', async (t) => {
  const { deletions, hold, release, schedule } = setUp()
  await deletions.start()
  hold()
  const answers = [outcomeOf(schedule('a')), outcomeOf(schedule('a'))]
  await settle()
  await release(new Error('the disk is full'))
  t.same(await Promise.all(answers), ['Error: the disk is full', 'job_conflict'])
  t.same(deletions.list(), [])
  t.equal(await outcomeOf(schedule('a')), 'scheduled')
})

t.test('a deletion that a crash interrupted cannot be cancelled: Kafka may have carried it out', async (t) => {
  const before = setUp()
  await before.deletions.start()
  const scheduled = await before.schedule('a')
  const { deletions, pass, done } = setUp([{ ...scheduled, status: 'deleting' }])
  await deletions.start()
  t.equal(await outcomeOf(deletions.cancel(scheduled.id)), 'job_finished')
  await pass(1000)
  t.same(done, [scheduled.id])
})

t.test('a deletion whose outcome cannot be stored has happened once', async (t) => {
  const { deletions, hold, release, pass, schedule, done, errors } = setUp()
  await deletions.start()
  const { id } = await schedule('a')
  hold()
  await pass(1000)
  await release(undefined, 'held')
  await release(new Error('the disk is full'))
  await pass(10_000)
  t.same(done, [id])
  t.match(deletions.find(id), { status: 'deleted' })
  t.match(errors, [{ message: 'the disk is full' }])
})
