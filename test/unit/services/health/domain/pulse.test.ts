import t from 'tap'
import { createMetadataRule, createPulse, type Finding } from '#services/health/domain/pulse.ts'
import { createFakeClock } from '../fake-clock.ts'

/** Runs everything that is ready to continue. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

const same = (metadataAgeMs: number | undefined): Finding => ({ changed: false, metadataAgeMs })
const changed: Finding = { changed: true, metadataAgeMs: 2000 }

const rules: [name: string, findings: Finding[], read: boolean[]][] = [
  ['1. the first pulse reads the metadata, which nobody has read yet', [same(undefined)], [true]],
  ['2. while nothing changes, metadata is read when it is 10 s old', [same(8000), same(10_000)], [false, true]],
  [
    '3. a change has it read at once, and with two more pulses',
    [changed, same(2000), same(2000), same(2000)],
    [true, true, true, false]
  ],
  [
    '4. another change meanwhile begins that again',
    [changed, changed, same(2000), same(2000), same(2000)],
    [true, true, true, true, false]
  ],
  [
    '5. metadata that could not be read is read with the next pulse',
    [same(2000), same(undefined), same(undefined)],
    [false, true, true]
  ]
]

for (const [name, findings, read] of rules) {
  t.test(name, async (t) => {
    const isDue = createMetadataRule()
    t.same(findings.map(isDue), read)
  })
}

/** A pulse whose beats the test finishes one by one. */
function pulseOf(intervalMs = 2000) {
  const clock = createFakeClock()
  const beats: PromiseWithResolvers<void>[] = []
  const errors: unknown[] = []
  const beat = () => {
    const begun = Promise.withResolvers<void>()
    beats.push(begun)
    return begun.promise
  }
  const pulse = createPulse({ clock, intervalMs, beat, onError: (error) => errors.push(error) })
  const pass = async (ms: number) => {
    await settle()
    clock.advance(ms)
    await settle()
  }
  return { pulse, beats, errors, pass }
}

t.test('a beat begins every interval, however long the one before took', async (t) => {
  const { pulse, beats, pass } = pulseOf()
  pulse.start()
  t.equal(beats.length, 1)
  await pass(900)
  beats[0]?.resolve()
  await pass(1099)
  t.equal(beats.length, 1)
  await pass(1)
  t.equal(beats.length, 2)
  beats[1]?.resolve()
  await pass(2000)
  t.equal(beats.length, 3)
  beats[2]?.resolve()
  await pulse.close()
})

t.test('a beat never overlaps the next, and is followed by a rest', async (t) => {
  const { pulse, beats, pass } = pulseOf()
  pulse.start()
  await pass(7000)
  t.equal(beats.length, 1)
  beats[0]?.resolve()
  await pass(499)
  t.equal(beats.length, 1)
  await pass(1)
  t.equal(beats.length, 2)
  beats[1]?.resolve()
  await pulse.close()
})

t.test('its age grows while a beat hangs, and while beats fail', async (t) => {
  const { pulse, beats, errors, pass } = pulseOf()
  t.equal(pulse.ageMs(), undefined)
  pulse.start()
  beats[0]?.resolve()
  await pass(2000)
  t.equal(pulse.ageMs(), 2000)
  await pass(8000)
  t.equal(pulse.ageMs(), 10_000, 'the second beat hangs')
  beats[1]?.reject(new Error('a defect'))
  await pass(500)
  t.equal(pulse.ageMs(), 10_500)
  t.equal(errors.length, 1)
  beats[2]?.resolve()
  await pass(100)
  t.equal(pulse.ageMs(), 100)
  await pulse.close()
})

t.test('an interval of 0 disables the pulse', async (t) => {
  const { pulse, beats, pass } = pulseOf(0)
  pulse.start()
  await pass(60_000)
  t.equal(beats.length, 0)
  t.equal(pulse.ageMs(), undefined)
  await pulse.close()
})
