import t from 'tap'
import { deleteLeftTopic } from '#services/load-test/domain/left-topic.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { manualClock } from '../../../manual-clock.ts'

const unavailable = new KopsError('metadata_unavailable', 'no controller')
const gone = new KopsError('topic_not_found', 'no such topic')

const cases = [
  { what: 'a topic that goes at once', refusals: 0, last: undefined, attempts: 1, reported: 0 },
  { what: 'a topic that is gone already', refusals: 0, last: gone, attempts: 1, reported: 0 },
  { what: 'a cluster that recovers', refusals: 3, last: undefined, attempts: 4, reported: 0 },
  { what: 'a topic that goes in an attempt that seemed to fail', refusals: 1, last: gone, attempts: 2, reported: 0 },
  {
    what: 'a cluster that does not recover within a minute',
    refusals: 1000,
    last: undefined,
    attempts: 31,
    reported: 1
  }
]

for (const { what, refusals, last, attempts, reported } of cases) {
  t.test(`${what}: attempts to delete it`, async (t) => {
    const clock = manualClock()
    const asked: string[] = []
    const problems: string[] = []
    await deleteLeftTopic('kops-load-x', {
      clock,
      signal: new AbortController().signal,
      admin: {
        async deleteTopic(topic) {
          asked.push(topic)
          if (asked.length <= refusals) throw unavailable
          if (last) throw last
        }
      },
      onProblem: (_, what) => problems.push(what)
    })
    t.same(asked, Array(attempts).fill('kops-load-x'))
    t.same(problems, Array(reported).fill('could not delete topic kops-load-x'))
  })
}

t.test('the close of the service ends the attempts, and says what is left', async (t) => {
  const clock = manualClock()
  const closing = new AbortController()
  const problems: string[] = []
  let asked = 0
  await deleteLeftTopic('kops-load-x', {
    clock,
    signal: closing.signal,
    admin: {
      async deleteTopic() {
        asked += 1
        if (asked === 2) closing.abort()
        throw unavailable
      }
    },
    onProblem: (_, what) => problems.push(what)
  })
  t.equal(asked, 2)
  t.same(problems, ['could not delete topic kops-load-x'])
})
