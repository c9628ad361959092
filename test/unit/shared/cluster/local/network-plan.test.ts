import t from 'tap'
import { defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import {
  bridgeCommands,
  choosePrefix,
  forwardedPorts,
  forwardingText,
  loopbackPrefix,
  networkNames,
  nodeCommands,
  tableText
} from '#shared/cluster/local/network-plan.ts'
import { planNodes } from '#shared/cluster/local/node-plan.ts'

const nodes = planNodes(
  { id: 'abc123', name: 'test', runtime: 'local', ports: defaultPorts, heap: defaultHeap },
  { mode: 'network-namespace', prefix: '10.213.7' }
)

t.test('names carry the id and fit into an interface name', async (t) => {
  const names = networkNames('abc123')
  t.ok(names.hostLink.length <= 15)
  t.ok(names.bridgeNamespace.startsWith(names.namespacePrefix))
  t.ok(names.nodeNamespace('zookeeper-9').startsWith(names.namespacePrefix))
})

t.test('a range is chosen that overlaps nothing in use', async (t) => {
  // 000004 begins at 10.213.5.0/24.
  const cases = [
    { name: 'nothing in use', inUse: ['default', '192.0.2.0/24', 'fe80::/64'], prefix: '10.213.5' },
    { name: 'an address in it', inUse: ['10.213.5.9'], prefix: '10.213.6' },
    { name: 'the same range', inUse: ['10.213.5.0/24'], prefix: '10.213.6' },
    { name: 'a part of it', inUse: ['10.213.5.128/25', '10.213.6.1/32'], prefix: '10.213.7' },
    { name: 'a wider range', inUse: ['10.213.0.0/21'], prefix: '10.213.8' },
    { name: 'all taken', inUse: ['10.0.0.0/8'], prefix: undefined },
    { name: 'the default route as a range', inUse: ['0.0.0.0/0'], prefix: '10.213.5' }
  ]
  for (const { name, inUse, prefix } of cases) t.equal(choosePrefix('000004', inUse), prefix, name)
})

t.test('loopback addresses differ from cluster to cluster and keep off 127.0 and 127.1', async (t) => {
  t.not(loopbackPrefix('abc123'), loopbackPrefix('abc124'))
  for (const id of ['000000', 'ffffff', 'abc123']) {
    const [first, second, third] = loopbackPrefix(id).split('.').map(Number)
    t.equal(first, 127)
    t.ok(second !== undefined && second > 1 && second < 255)
    t.ok(third !== undefined && third < 256)
  }
})

t.test('the table leads each port of this machine to its node, and lets a node open nothing', async (t) => {
  const text = tableText('abc123', '10.213.7', nodes)
  for (const rule of [
    'ip daddr 127.0.0.1 tcp dport 9092 dnat to 10.213.7.11:19092',
    'ip daddr 127.0.0.1 tcp dport 7073 dnat to 10.213.7.13:7071',
    'ip daddr 127.0.0.1 tcp dport 2182 dnat to 10.213.7.22:2181',
    'ip saddr 127.0.0.0/8 oifname "kops-abc123-h" snat to 10.213.7.1',
    'iifname "kops-abc123-h" drop',
    'oifname "kops-abc123-h" drop'
  ]) {
    t.ok(text.includes(`    ${rule}\n`), rule)
  }
  t.match(
    text,
    /^add table ip kops_abc123\ndelete table ip kops_abc123\ntable ip kops_abc123 \{/,
    'replaces what is there'
  )
})

t.test('ports that other clusters forward are found in the ruleset', async (t) => {
  const ruleset = [
    tableText('abc123', '10.213.7', nodes),
    'table ip nat {\n  ip daddr 127.0.0.1 tcp dport 5432 dnat to 172.17.0.2:5432\n}'
  ].join('\n')
  t.equal(forwardedPorts(ruleset, 'kops_fff000').get(9092), 'kops_abc123')
  t.equal(forwardedPorts(ruleset, 'kops_fff000').has(5432), false, 'not of kops: binding tells')
  t.equal(forwardedPorts(ruleset, 'kops_abc123').size, 0, 'its own')
})

t.test('a node gets one link, named like it on the bridge, and no way out', async (t) => {
  t.match(bridgeCommands('abc123', nodes), /^link add kafka-1 type veth peer name eth0 netns kops-abc123-kafka-1$/m)
  for (const node of nodes) t.notMatch(nodeCommands(node), /route|default/)
})

t.test('forwarded ports are replaced in their chain, and nothing else of the table', async (t) => {
  const lines = forwardingText('abc123', nodes).trimEnd().split('\n')
  t.equal(lines[0], 'flush chain ip kops_abc123 output')
  t.equal(lines[1], 'add rule ip kops_abc123 output ip daddr 127.0.0.1 tcp dport 2181 dnat to 10.213.7.21:2181')
  t.equal(lines.length, 1 + 3 + 2 * 3, 'each port of each node')
  t.ok(
    lines.slice(1).every((line) => tableText('abc123', '10.213.7', nodes).includes(line.split(' output ')[1] ?? '?'))
  )
})
