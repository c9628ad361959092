/** What each reading of health-service takes a broker's answer to come, all brokers asked at the same time; medians, milliseconds. */
import {
  Connection,
  describeConfigsV4,
  describeGroupsV5,
  describeLogDirsV4,
  listGroupsV4,
  listOffsetsV7,
  metadataV12,
  offsetFetchV8
} from '@platformatic/kafka'

const repeats = 7

/** Prints one line a request: how long brokers take to answer it at the size that the cluster has. */
export async function printRequestTimes(ports: readonly number[]): Promise<void> {
  const connections = await Promise.all(
    ports.map(async (port) => {
      const connection = new Connection('kops-bench', { connectTimeout: 5000, requestTimeout: 60_000 })
      await connection.connect('127.0.0.1', port)
      return connection
    })
  )
  const [any] = connections
  if (!any) return
  try {
    const { topics, brokers } = await metadataV12.api.async(any, null, false, false)
    const idOf = new Map(brokers.map(({ nodeId, port }) => [port, nodeId]))
    const names = topics.flatMap(({ name }) => (name ? [name] : []))
    const led = ports.map((port) =>
      topics.map(({ name, partitions }) => ({
        name: name ?? '',
        partitions: partitions
          .filter(({ leaderId }) => leaderId === idOf.get(port))
          .map(({ partitionIndex }) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: -1n }))
      }))
    )
    const listed = await Promise.all(connections.map((c) => listGroupsV4.api.async(c, [], [])))
    const groups = listed.map((answer) => answer.groups.map(({ groupId }) => groupId).slice(0, 100))
    const requests: [name: string, send: (connection: Connection, index: number) => Promise<unknown>][] = [
      ['Metadata, no topics', (c) => metadataV12.api.async(c, [], false, false)],
      ['Metadata, all topics', (c) => metadataV12.api.async(c, null, false, false)],
      ['ListOffsets, all led', (c, index) => listOffsetsV7.api.async(c, -1, 0, led[index] ?? [])],
      ['ListGroups', (c) => listGroupsV4.api.async(c, [], [])],
      ['DescribeGroups, up to 100', async (c, index) => describeGroupsV5.api.async(c, groups[index] ?? [], false)],
      [
        'OffsetFetch, up to 100 groups',
        async (c, index) =>
          // A broker does not answer a question about no group.
          groups[index]?.length &&
          offsetFetchV8.api.async(
            c,
            groups[index].map((groupId) => ({ groupId, memberEpoch: -1, topics: null })),
            false
          )
      ],
      ['DescribeLogDirs', (c) => describeLogDirsV4.api.async(c, null)],
      [
        'DescribeConfigs, one setting of all topics, one broker',
        async (c, index) => {
          const resources = names.map((resourceName) => ({
            resourceType: 2 as const,
            resourceName,
            configurationKeys: ['min.insync.replicas']
          }))
          if (index === 0) await describeConfigsV4.api.async(c, resources)
        }
      ]
    ]
    for (const [name, send] of requests) {
      const times: number[] = []
      for (let repeat = 0; repeat < repeats; repeat++) {
        const startedAt = performance.now()
        await Promise.all(connections.map((connection, index) => send(connection, index)))
        times.push(performance.now() - startedAt)
      }
      const [least = 0, median = 0] = [Math.min(...times), times.toSorted((a, b) => a - b)[Math.floor(repeats / 2)]]
      console.log(`  ${name}: ${median.toFixed(0)} ms, ${least.toFixed(0)} at best`)
    }
  } finally {
    for (const connection of connections) connection.socket?.destroy()
  }
}
