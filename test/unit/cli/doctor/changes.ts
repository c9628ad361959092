import { access } from 'node:fs/promises'
import type { Test } from 'tap'
import { type Check, findingsOf } from '#cli/doctor/check.ts'
import type { Sources } from '#cli/doctor/sources.ts'
import { buildWholeProgram } from '#cli/program.ts'
import type { DoctorFinding, DoctorSeverity } from '#shared/contracts/doctor.ts'
import { fine, node, readingsOf, reason } from './fine.ts'

// What differs from a fine system.
export const MiB = 2 ** 20
export const GiB = 2 ** 30
export const at = '2026-01-31T12:00:00.000Z'

export const health = (overrides: Partial<Sources['health']>) => ({ health: { ...fine.health, ...overrides } })
export const because = (...args: Parameters<typeof reason>) => health({ reasons: [reason(...args)] })
export const cluster = (overrides: Partial<Sources['cluster']>) => ({ cluster: { ...fine.cluster, ...overrides } })
export const withNode = (...args: Parameters<typeof node>) =>
  cluster({ nodes: fine.cluster.nodes.map((each) => (each.name === args[0] ? node(...args) : each)) })
export const machine = (overrides: Partial<Sources['machine']>) => ({ machine: { ...fine.machine, ...overrides } })
export const disk = (overrides: Partial<Sources['disk']>) => ({ disk: { ...fine.disk, ...overrides } })
export const definition = (overrides: Partial<Sources['definition']>) => ({
  definition: { ...fine.definition, ...overrides }
})
export const silent = (...names: string[]) => ({
  ports: fine.ports.map((port) => (names.includes(port.name) ? { ...port, accepts: false } : port))
})
export const probed = (overrides: Partial<Sources['probe']['brokers'][number]>) => ({
  probe: {
    ...fine.probe,
    brokers: fine.probe.brokers.map((each) => (each.id === 2 ? { ...each, ...overrides } : each))
  }
})
export const setting = (name: string, value: string | null) => ({
  brokerSettings: fine.brokerSettings.map((each) =>
    each.broker === 'kafka-2' ? { ...each, settings: { ...each.settings, [name]: value } } : each
  )
})
export const topic = (settings: Record<string, string>, left = 0) => ({
  topicSettings: { overrides: { ...fine.topicSettings.overrides, slim: settings }, left }
})
export const service = (overrides: Partial<Sources['admin']>) => ({ ...fine.admin, ...overrides })
export const rehearsed = (overrides: object, last: object = {}) => ({
  scorecard: {
    ...fine.scorecard,
    cells: fine.scorecard.cells.map((cell) => ({ ...cell, ...overrides, last: { ...cell.last, ...last } }))
  }
})
export const onDisk = (usableBytes: number | null) =>
  health({
    brokers: fine.health.brokers.map((broker) => ({
      ...broker,
      logDirs: [{ dir: '/data', online: true, sizeBytes: 1, totalBytes: 100 * GiB, usableBytes }]
    }))
  })

/** A cluster without ZooKeeper, and with an even number of voters. */
export const kraft: Partial<Sources> = {
  ...definition({ mode: 'kraft' }),
  ...health({
    zookeepers: [],
    quorum: {
      ...{ leaderId: 1, leaderEpoch: 1, highWatermark: 1, observers: [] },
      voters: [1, 2].map((id) => ({ id, name: `kafka-${id}`, leader: id === 1, lag: 0, caughtUpAt: at }))
    }
  })
}

/** What differs from a fine system, and what its check then says first. */
export type Case = [id: string, changed: Partial<Sources>, severity: DoctorSeverity, found: RegExp]

/** What one check says of a system with a change. */
export function toldBy(table: readonly Check[], id: string, changed: Partial<Sources>): DoctorFinding[] {
  const row = table.find((each) => each.id === id)
  if (!row) throw new Error(`no check ${id}`)
  return findingsOf([row], readingsOf({ ...fine, ...changed }))
}

/**
 * Tests a table of checks by its cases.
 * @param blind the check that sees nothing, whatever is there
 */
export function testTable(t: Test, table: readonly Check[], cases: readonly Case[], blind?: string): void {
  t.test('nothing is found in a system that has nothing wrong', async (t) => {
    const findings = findingsOf(table, readingsOf(fine))
    t.same(
      findings.filter(({ severity, id }) => severity !== 'ok' && id !== blind),
      []
    )
    t.equal(findings.length, table.length, 'each check has looked')
  })

  for (const [id, changed, severity, found] of cases) {
    t.test(`${id}: ${severity}, ${found}`, async (t) => {
      const [first] = toldBy(table, id, changed)
      t.match(first, { id, severity, found, area: id.split('.')[0] })
      t.ok(severity === 'info' || first?.advice, 'it says what to do')
    })
  }

  t.test('every check can find something', async (t) => {
    const seen = new Set(cases.map(([id]) => id))
    t.same(
      table.map(({ id }) => id).filter((id) => !seen.has(id)),
      []
    )
    t.equal(new Set(table.map(({ id }) => id)).size, table.length, 'no id is used twice')
  })

  t.test('what could not be read is unknown, with the reason, and never ok', async (t) => {
    for (const row of table) {
      for (const name of row.needs) {
        const readings = { ...readingsOf(fine), [name]: { unknown: 'it is away (x)' } }
        const expected = [{ id: row.id, severity: 'unknown', found: 'it is away (x)' }]
        t.match(findingsOf([row], readings), expected, `${row.id} without ${name}`)
      }
    }
    const blank = findingsOf(table, {})
    t.ok(blank.every(({ severity }) => severity === 'unknown'))
  })

  t.test('every command and page that an advice names exists', async (t) => {
    const output = { print() {}, error() {} }
    const program = await buildWholeProgram({ output, person: { present: false, ask: async () => '' } })
    const advices = cases.flatMap(([id, changed]) => toldBy(table, id, changed).map(({ advice }) => advice ?? ''))
    const commands = new Set(advices.flatMap((advice) => advice.match(/(?<=\bkops )[a-z][a-z -]*/g) ?? []))
    t.ok(commands.size > 8)
    for (const command of commands) {
      const [name = '', below = ''] = command.trim().split(' ')
      const found = program.commands.find((each) => each.name() === name)
      t.ok(found, `kops ${name}`)
      if (found === undefined || found.commands.length === 0 || below === '') continue
      t.ok(
        found.commands.some((each) => each.name() === below),
        `kops ${name} ${below}`
      )
    }
    const pages = new Set(advices.flatMap((advice) => advice.match(/docs\/[\w/.-]+\.md/g) ?? []))
    for (const page of pages) await t.resolves(access(page), page)
  })
}
