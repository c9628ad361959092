import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { buildProgram } from '#cli/program.ts'
import { buildApp, type Overrides } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { settingsWithoutCluster } from '../../services/load-test/fakes.ts'

/** load-test-service without a cluster, that has these drills, and the CLI in front of it. */
export async function serviceWith(t: Test, drills: readonly Drill[], overrides: Overrides = {}) {
  const folder = t.testdir()
  const kept = join(folder, 'data', 'drills')
  await mkdir(kept, { recursive: true })
  for (const drill of drills) await writeFile(join(kept, `${drill.id}.json`), JSON.stringify(drill))
  const config = loadConfig(settingsWithoutCluster(folder))
  const app = await buildApp(config, { auditTrail: { record: async () => {} }, ...overrides })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  async function kops(...args: string[]) {
    const [printed, said]: [string[], string[]] = [[], []]
    const output = { print: (line: string) => void printed.push(line), error: (line: string) => void said.push(line) }
    const exitCode = process.exitCode
    process.exitCode = 0
    try {
      const program = buildProgram({ output, person: { present: false, ask: async () => undefined } })
      await program.parseAsync(['--state-dir', folder, '--loadtest-url', url, 'drill', ...args], { from: 'user' })
      return { code: process.exitCode, printed: printed.join('\n'), said: said.join('\n') }
    } finally {
      process.exitCode = exitCode
    }
  }
  return { app, url, folder, kops }
}
