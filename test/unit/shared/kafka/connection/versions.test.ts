import t from 'tap'
import { chooseVersion } from '#shared/kafka/connection/versions.ts'

t.test('the first of our versions that the broker offers is chosen', async (t) => {
  const versions = [9, 8, 6].map((version) => ({ key: 2, version }))
  const cases = [
    { range: { minVersion: 0, maxVersion: 11 }, chosen: 9 },
    { range: { minVersion: 0, maxVersion: 8 }, chosen: 8 },
    { range: { minVersion: 1, maxVersion: 7 }, chosen: 6 }
  ]
  for (const { range, chosen } of cases) t.equal(chooseVersion(versions, new Map([[2, range]])).version, chosen)
  for (const offered of [new Map(), new Map([[2, { minVersion: 10, maxVersion: 11 }]])]) {
    t.throws(() => chooseVersion(versions, offered), { code: 'kafka_refused', kafkaError: 'UNSUPPORTED_VERSION' })
  }
})
