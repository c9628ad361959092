import { readFile, stat } from 'node:fs/promises'
import t from 'tap'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { agentSocket } from '#shared/cluster/agent-sockets.ts'
import { nodeFiles } from '#shared/cluster/local/node-files.ts'
import { nodeUserOf } from '#shared/cluster/local/node-user.ts'
import { definitionUnderTest, stateDir } from '../support/under-test.ts'

const skip = process.getuid?.() === 0 ? false : 'only root can start nodes as another user'

t.test('nodes run as a user of their own without rights, and their data is theirs alone', { skip }, async (t) => {
  const definition = await definitionUnderTest()
  const agent = createAgentClient(agentSocket(definition))
  t.teardown(() => agent.close())
  const { uid } = nodeUserOf(definition.id)
  const { nodes } = await agent.status()
  t.ok(nodes.length >= 3)
  for (const { name, pid } of nodes) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const value = (field: string) => new RegExp(`^${field}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]
    t.equal(value('Uid'), [uid, uid, uid, uid].join('\t'), name)
    t.equal(value('Groups')?.trim(), '', 'no other group')
    for (const capabilities of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) t.equal(Number(value(capabilities)), 0)
    t.equal(value('NoNewPrivs'), '1')
    const files = nodeFiles(stateDir, name)
    t.match(await stat(files.data), { uid, mode: 0o40700 }, 'its data')
    t.match(await stat(files.config), { uid: 0, mode: 0o100640 }, 'its configuration, which it must not change')
  }
})
