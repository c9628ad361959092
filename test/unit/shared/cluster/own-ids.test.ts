import t from 'tap'
import { nodeUserOf } from '#shared/cluster/local/node-user.ts'
import { processGroupOf } from '#shared/cluster/own-ids.ts'

t.test('each process of each cluster has a group of its own, always the same, and none of the nodes', async (t) => {
  const names = ['admin-service', 'health-service', 'load-test-service', 'prometheus', 'alertmanager']
  const groups = ['a', 'b'].flatMap((cluster) => names.map((name) => processGroupOf(cluster, name)))
  t.equal(new Set(groups).size, groups.length)
  t.equal(processGroupOf('a', 'prometheus'), processGroupOf('a', 'prometheus'))
  for (const group of groups) {
    // Nodes have the numbers below; above, a number is negative for some programs.
    t.ok(group >= 2_000_000_000 && group < 2 ** 31)
    t.not(group, nodeUserOf('a').gid)
  }
})
