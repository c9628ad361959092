import t from 'tap'
import { isQuiet, nextTimes } from '#shared/gamedays/schedule-times.ts'

const berlin = { timeZone: 'Europe/Berlin' }

t.test('times are those of the cron expression, in the time zone of the schedule', (t) => {
  const cases = [
    { cron: '30 3 * * *', after: '2026-01-31T12:00:00Z', next: ['2026-02-01T02:30', '2026-02-02T02:30'] },
    { cron: '0 3 * * tue', after: '2026-01-31T12:00:00Z', next: ['2026-02-03T02:00', '2026-02-10T02:00'] },
    { cron: '*/20 * * * *', after: '2026-01-31T12:00:00Z', next: ['2026-01-31T12:20', '2026-01-31T12:40'] },
    { cron: '30 2 * * *', after: '2026-03-28T12:00:00Z', next: ['2026-03-29T01:00', '2026-03-30T00:30'] },
    { cron: '30 2 * * *', after: '2026-10-24T12:00:00Z', next: ['2026-10-25T00:30', '2026-10-26T01:30'] },
    { cron: '0 0 31 2 *', after: '2026-01-31T12:00:00Z', next: [] },
    {
      cron: '0 * * * *',
      quietHours: [{ from: '08:00', to: '20:00' }],
      after: '2026-01-31T05:30:00Z',
      next: ['2026-01-31T06:00', '2026-01-31T19:00']
    },
    { cron: '0 9 * * *', quietHours: [{ from: '08:00', to: '20:00' }], after: '2026-01-31T05:30:00Z', next: [] }
  ]
  for (const { after, next, ...schedule } of cases) {
    const times = nextTimes({ ...berlin, ...schedule }, new Date(after), 2)
    t.same(
      times.map((at) => at.toISOString().slice(0, 16)),
      next,
      schedule.cron
    )
  }
  t.throws(() => nextTimes({ ...berlin, cron: '* * * * * *' }, new Date(), 1), /5 parts/)
  t.throws(() => nextTimes({ cron: '0 3 * * *', timeZone: 'Mars/Olympus' }, new Date(), 1), /[Tt]ime ?zone/)
  t.end()
})

t.test('quiet hours are local, may pass midnight, and belong to the day on which they begin', (t) => {
  const office = { from: '08:00', to: '18:00', days: ['mon', 'fri'] as ('mon' | 'fri')[] }
  const night = { from: '22:00', to: '06:00', days: ['fri'] as 'fri'[] }
  const cases = [
    { hours: office, at: '2026-02-02T07:00:00Z', quiet: true, why: 'Monday, 08:00 in Berlin' },
    { hours: office, at: '2026-02-02T06:59:00Z', quiet: false, why: 'a minute before' },
    { hours: office, at: '2026-02-02T17:00:00Z', quiet: false, why: 'the end is not part of them' },
    { hours: office, at: '2026-02-03T10:00:00Z', quiet: false, why: 'Tuesday' },
    { hours: night, at: '2026-02-06T22:00:00Z', quiet: true, why: 'Friday, 23:00' },
    { hours: night, at: '2026-02-07T04:59:00Z', quiet: true, why: 'Saturday morning' },
    { hours: night, at: '2026-02-07T05:00:00Z', quiet: false, why: 'Saturday, 06:00' },
    { hours: night, at: '2026-02-06T03:00:00Z', quiet: false, why: 'Friday morning' },
    { hours: { from: '00:00', to: '00:00' }, at: '2026-02-06T03:00:00Z', quiet: true, why: 'all day' }
  ]
  for (const { hours, at, quiet, why } of cases) {
    t.equal(isQuiet(new Date(at), { ...berlin, cron: '* * * * *', quietHours: [hours] }), quiet, why)
  }
  t.equal(isQuiet(new Date(), { ...berlin, cron: '* * * * *' }), false)
  t.end()
})
