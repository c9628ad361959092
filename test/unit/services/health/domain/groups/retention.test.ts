import t from 'tap'
import { retentionRisk } from '#services/health/domain/groups/retention.ts'

/** Sweeps 30 s apart. */
function windowOf(starts: number[], committed: number[]) {
  return { length: starts.length, timesMs: starts.map((_, nth) => nth * 30_000), starts, committed }
}

const still = windowOf([0, 0, 0, 0, 0, 0], [50, 50, 50, 50, 50, 50])

t.test(
  'the margin is the distance between log start and commit, and the loss is projected where they approach',
  async (t) => {
    const cases = [
      {
        name: 'nothing moves',
        committed: 50,
        log: { logStart: 0, logEnd: 100 },
        window: still,
        expected: { marginRecords: 50, lossSeconds: null }
      },
      {
        name: 'the log start comes nearer by 1 record a second: 100 are left',
        committed: 250,
        log: { logStart: 150, logEnd: 1000 },
        window: windowOf([0, 30, 60, 90, 120, 150], [250, 250, 250, 250, 250, 250]),
        expected: { marginRecords: 100, lossSeconds: 100 }
      },
      {
        name: 'the group reads half as fast as retention deletes',
        committed: 325,
        log: { logStart: 150, logEnd: 1000 },
        window: windowOf([0, 30, 60, 90, 120, 150], [250, 265, 280, 295, 310, 325]),
        expected: { marginRecords: 175, lossSeconds: 350 }
      },
      {
        name: 'the group reads faster than retention deletes',
        committed: 550,
        log: { logStart: 150, logEnd: 1000 },
        window: windowOf([0, 30, 60, 90, 120, 150], [250, 310, 370, 430, 490, 550]),
        expected: { marginRecords: 400, lossSeconds: null }
      },
      {
        name: 'retention comes nearer to a group that has read all: nothing can be lost',
        committed: 200,
        log: { logStart: 150, logEnd: 200 },
        window: windowOf([0, 30, 60, 90, 120, 150], [200, 200, 200, 200, 200, 200]),
        expected: { marginRecords: 50, lossSeconds: null }
      },
      {
        name: 'retention has passed the commit',
        committed: 100,
        log: { logStart: 150, logEnd: 200 },
        window: still,
        expected: { marginRecords: -50, lossSeconds: 0 }
      },
      {
        name: 'too few sweeps for a pace',
        committed: 250,
        log: { logStart: 90, logEnd: 1000 },
        window: windowOf([0, 30, 60, 90], [250, 250, 250, 250]),
        expected: { marginRecords: 160, lossSeconds: null }
      }
    ]
    for (const { name, committed, log, window, expected } of cases) {
      t.same(retentionRisk(committed, log, window), expected, name)
    }
  }
)
