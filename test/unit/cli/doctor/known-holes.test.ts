import t from 'tap'
import { holesAsOf, holesOf, type KnownHole, knownHoles } from '#cli/doctor/known-holes.ts'
import { compareReleases, isAtLeast, releaseOf, releaseOfJar } from '#cli/doctor/release.ts'

const cases: [software: KnownHole['software'], version: string, cves: string[]][] = [
  [
    'kafka',
    '2.8.0',
    ['CVE-2026-35554', 'CVE-2025-27818', 'CVE-2025-27819', 'CVE-2024-56128', 'CVE-2022-34917', 'CVE-2021-38153']
  ],
  ['kafka', '3.6.1', ['CVE-2026-35554', 'CVE-2025-27818', 'CVE-2025-27817', 'CVE-2024-56128', 'CVE-2024-27309']],
  ['kafka', '3.9.0', ['CVE-2026-35554', 'CVE-2025-27818', 'CVE-2025-27817']],
  ['kafka', '3.9.1', ['CVE-2026-35554']],
  ['kafka', '3.9.2', []],
  ['kafka', '4.0.1', ['CVE-2026-35554']],
  ['kafka', '4.1.1', ['CVE-2026-35554', 'CVE-2026-33557']],
  ['kafka', '4.1.2', []],
  ['zookeeper', '3.6.0', ['CVE-2024-23944', 'CVE-2023-44981']],
  ['zookeeper', '3.8.4', ['CVE-2026-84501', 'CVE-2026-24281', 'CVE-2026-24308']],
  ['zookeeper', '3.8.7', []],
  [
    'zookeeper',
    '3.9.0',
    ['CVE-2026-84501', 'CVE-2026-24281', 'CVE-2026-24308', 'CVE-2025-58457', 'CVE-2024-23944', 'CVE-2023-44981']
  ],
  ['zookeeper', '3.9.6', []]
]

for (const [software, version, cves] of cases) {
  t.test(`${software} ${version} has ${cves.length} known holes`, async (t) => {
    t.same(
      holesOf(software, version)?.map(({ cve }) => cve),
      cves
    )
  })
}

t.test('a text without a release has no answer', async (t) => {
  t.equal(holesOf('kafka', 'trunk'), undefined)
})

t.test('each row is a CVE of a range that ends after it begins', async (t) => {
  t.match(holesAsOf, /^\d{4}-\d\d-\d\d$/)
  for (const { cve, affected } of knownHoles) {
    t.match(cve, /^CVE-\d{4}-\d{4,}$/)
    for (const [from, fixed] of affected) {
      t.ok(
        compareReleases(releaseOf(`${from}.0`) ?? [], releaseOf(`${fixed}.0`) ?? []) < 0,
        `${cve}: ${from} to ${fixed}`
      )
    }
  }
})

t.test('releases are compared number by number', async (t) => {
  t.ok(isAtLeast('3.10.0', '3.9.1'))
  t.ok(isAtLeast('3.9', '3.9.0'))
  t.notOk(isAtLeast('3.9.1', '3.9.2'))
  t.notOk(isAtLeast('nothing', '3.9.2'))
  const jars = ['kafka-clients-3.9.1.jar', 'kafka_2.13-3.9.1.jar', 'zookeeper-jute-3.8.4.jar', 'zookeeper-3.8.4.jar']
  t.equal(releaseOfJar(jars, 'kafka_2.13'), '3.9.1')
  t.equal(releaseOfJar(jars, 'zookeeper'), '3.8.4')
  t.equal(releaseOfJar(jars, 'log4j'), undefined)
})
