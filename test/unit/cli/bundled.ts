import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { projectRoot } from '#cli/config.ts'

const run = promisify(execFile)
/** Processor time of the whole process, in milliseconds, as it ends. */
const clock =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write("\\n"+(user+system)/1000)})'

/** A bundle of the command line, and what a Node.js process with these arguments prints and takes. `main` is its entry. */
export async function bundled(t: Test) {
  const folder = await mkdtemp(join(projectRoot, 'node_modules/.kops-bundle-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await run(process.execPath, ['cli/bundle.ts', folder], { cwd: projectRoot })
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled'), NO_COLOR: '1' }
  return {
    main: join(folder, 'main.mjs'),
    async start(...args: string[]): Promise<{ text: string; cpuMs: number }> {
      const { stdout, stderr } = await run(process.execPath, ['--import', clock, ...args], { env })
      return { text: stdout, cpuMs: Number(stderr.split('\n').at(-1)) }
    }
  }
}

/** Arguments of `kops topics list` that ask a service without topics. */
export async function topicsListOfNone(t: Test): Promise<string[]> {
  const list = { topics: [], total: 0, asOf: new Date().toISOString(), warnings: [] }
  const server = createServer((_, answer) =>
    answer.setHeader('content-type', 'application/json').end(JSON.stringify(list))
  )
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return ['--admin-url', url, '--health-url', url, 'topics', 'list']
}
