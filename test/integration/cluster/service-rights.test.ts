import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { agentSocket, drillsSocket } from '#shared/cluster/agent-sockets.ts'
import { keptFiles } from '#shared/cluster/keeper/kept-files.ts'
import { processGroupOf } from '#shared/cluster/own-ids.ts'
import { definitionUnderTest, stateDir } from '../support/under-test.ts'

const skip = process.getuid?.() === 0 ? false : 'only root can start the services as another user'
const definition = await definitionUnderTest()
const files = keptFiles(stateDir)
const names = (await files.names()).sort()

/** What the kernel says about a process of the cluster. */
async function processOf(name: string) {
  const { pid } = await files.ledger.status(name)
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const value = (field: string) => new RegExp(`^${field}:\\s*(.*?) *$`, 'm').exec(status)?.[1] ?? ''
  const [uid, gid] = ['Uid', 'Gid'].map((field) => Number(value(field).split('\t')[0]))
  return { name, pid, value, ids: { uid: uid ?? -1, gid: gid ?? -1 } }
}
type Ids = Awaited<ReturnType<typeof processOf>>['ids']

/** Sends one request to a socket of the agent as another process would; resolves to its status and body, or its error. */
async function askAs(ids: Ids, socketPath: string, method: string, path: string): Promise<string> {
  const script = `require('node:http').request({ socketPath: process.argv[1], method: process.argv[2], path: process.argv[3] }, async (r) => {
    console.log(r.statusCode, Buffer.concat(await r.toArray()).toString())
  }).on('error', ({ code }) => console.log(code)).end()`
  const args = ['-e', script, socketPath, method, path]
  return (await promisify(execFile)(process.execPath, args, { ...ids, cwd: '/' })).stdout.trim()
}

t.test('each process around the cluster is in a group of its own, without rights', { skip }, async (t) => {
  t.match(names, ['admin-service'])
  for (const { name, value, ids } of await Promise.all(names.map(processOf))) {
    t.equal(ids.gid, processGroupOf(definition.id, name), name)
    t.match(value('Groups'), /^\d+$/, 'and in that of its user')
    t.equal(value('NoNewPrivs'), '1')
    for (const field of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) t.equal(Number(value(field)), 0)
  }
})

t.test(
  'load-test-service may break nodes for a drill, and neither take down nor wipe the cluster',
  { skip },
  async (t) => {
    const { ids } = await processOf('load-test-service')
    const drills = drillsSocket(definition)
    t.match(await askAs(ids, drills, 'GET', '/v1/cluster'), /^200 .*"kafka-1"/)
    for (const path of ['/v1/cluster/wipe', '/v1/cluster/down', '/v1/cluster/up', '/v1/nodes/kafka-1/stop']) {
      t.match(await askAs(ids, drills, 'POST', path), /^403 .*"code":"forbidden"/, path)
    }
    t.match(await askAs(ids, drills, 'GET', '/v1/nodes/kafka-1/logs'), /^403 /)
    // Root without capabilities still owns what root owns.
    if (ids.uid !== 0) t.equal(await askAs(ids, agentSocket(definition), 'POST', '/v1/cluster/wipe'), 'EACCES')
  }
)

t.test('the other processes reach neither the agent nor the memory of load-test-service', { skip }, async (t) => {
  const { pid, value } = await processOf('load-test-service')
  const look = (ids: Ids) => promisify(execFile)('cat', [`/proc/${pid}/environ`], ids)
  t.match((await look((await processOf('load-test-service')).ids)).stdout, 'KOPS_AGENT_SOCKET')
  for (const name of names.filter((name) => name !== 'load-test-service')) {
    const { ids } = await processOf(name)
    await t.rejects(look(ids), /Permission denied/, name)
    if (ids.uid === 0) continue
    t.equal(await askAs(ids, drillsSocket(definition), 'GET', '/v1/cluster'), 'EACCES', name)
    t.equal(await askAs(ids, agentSocket(definition), 'GET', '/v1/cluster'), 'EACCES', name)
  }
  // SIGUSR1, 10, opens the debugger of a Node.js process that catches it.
  t.equal((BigInt(`0x${value('SigCgt')}`) >> 9n) & 1n, 0n)
})
