import t from 'tap'
import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { hasGap, reportWith, withEvent } from '../../../../web/state/run-seconds.ts'
import { run, second } from '../../cli/load/run.ts'

const underWay = run({ status: 'running', finishedAt: null, result: null })
const at = (nth: number | undefined) => ({
  ...underWay,
  progress: { acknowledged: 1, failed: 0, ...(nth === undefined ? {} : { second: second(nth) }) }
})
const numbers = ({ seconds }: Pick<LoadTestReport, 'seconds'>) => seconds.map((each) => each.second)

t.test('each second that the stream brings is kept once', async (t) => {
  let tail = withEvent(undefined, at(undefined))
  t.same(numbers({ seconds: [...tail.seconds] }), [])
  for (const nth of [3, 3, 4]) tail = withEvent(tail, at(nth))
  t.same(
    tail.seconds.map((each) => each.second),
    [3, 4]
  )
})

t.test('a report goes on with the seconds that came after it', async (t) => {
  const report: LoadTestReport = { id: underWay.id, run: underWay, seconds: [second(0), second(1)] }
  const tail = [1, 2].reduce<ReturnType<typeof withEvent> | undefined>((all, nth) => withEvent(all, at(nth)), undefined)
  const merged = reportWith(report, tail)
  t.same(numbers(merged), [0, 1, 2])
  t.equal(merged.run, tail?.run)
  t.equal(reportWith(report, undefined), report)
  t.equal(reportWith(report, withEvent(undefined, at(undefined))).seconds, report.seconds, 'the same: nothing is drawn')
  const other = { ...at(2), id: 'another' }
  t.equal(reportWith(report, withEvent(undefined, other)), report)
})

t.test('a report of a run that has ended is whole', async (t) => {
  const report: LoadTestReport = { id: underWay.id, run: run(), seconds: [second(0)] }
  t.equal(reportWith(report, withEvent(undefined, at(1))), report)
})

t.test('seconds that the page missed leave a gap', async (t) => {
  const of = (...all: number[]) => hasGap(all.map((nth) => second(nth)))
  t.same([of(), of(0, 1, 2), of(1, 2), of(0, 2)], [false, false, true, true])
})
