/**
 * What each request of health-service takes the brokers: until they have answered, all asked at the same time (median), and of a
 * broker's processor time. That of an idle broker is taken off.
 */
import { setTimeout as delay } from 'node:timers/promises'
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
import { request } from 'undici'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import { scrapePath } from '#shared/jmx/exporter.ts'

/** Each request is repeated so often at least, and for so long: /proc counts processor time in steps of 10 ms. */
const repeats = 7
const leastMs = 4000
/** Brokers that have just started compile their code while it is first used: so long is each request sent before it is measured. */
const warmMs = 12_000

export interface MeasuredCluster {
  ports: Pick<ClusterDefinition['ports'], 'kafka' | 'jmx'>
  /** Processor time of all brokers so far. */
  cpuMs: () => Promise<number>
}

/** Prints one line a request, at the size that the cluster has. */
export async function printRequestTimes({ ports: { kafka: ports, jmx }, cpuMs }: MeasuredCluster): Promise<void> {
  const connections = await Promise.all(
    ports.map(async (port) => {
      const connection = new Connection('kops-bench', { connectTimeout: 5000, requestTimeout: 60_000 })
      await connection.connect('127.0.0.1', port)
      return connection
    })
  )
  const [any] = connections
  if (!any) return
  const timed = async (work: () => Promise<unknown>, forMs = leastMs) => {
    const times: number[] = []
    const before = await cpuMs()
    const beganAt = performance.now()
    while (times.length < repeats || performance.now() - beganAt < forMs) {
      const startedAt = performance.now()
      await work()
      times.push(performance.now() - startedAt)
    }
    return { times, cpuMs: (await cpuMs()) - before, elapsedMs: performance.now() - beganAt }
  }
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
    type Request = [name: string, send: (connection: Connection, index: number) => Promise<unknown>]
    // A broker does not answer a question about no group.
    const ofGroups: Request[] = [
      [
        'DescribeGroups, up to 100',
        async (c, index) => groups[index]?.length && describeGroupsV5.api.async(c, groups[index], false)
      ],
      [
        'OffsetFetch, up to 100 groups',
        async (c, index) =>
          groups[index]?.length &&
          offsetFetchV8.api.async(
            c,
            groups[index].map((groupId) => ({ groupId, memberEpoch: -1, topics: null })),
            false
          )
      ]
    ]
    const requests: Request[] = [
      ['exporter, the series of the pulse', (_, index) => scrape(jmx[index])],
      ['Metadata, no topics', (c) => metadataV12.api.async(c, [], false, false)],
      ['Metadata, all topics', (c) => metadataV12.api.async(c, null, false, false)],
      ['ListOffsets, all led', (c, index) => listOffsetsV7.api.async(c, -1, 0, led[index] ?? [])],
      ['ListGroups', (c) => listGroupsV4.api.async(c, [], [])],
      ...(groups.flat().length > 0 ? ofGroups : []),
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
    for (const [, send] of requests)
      await timed(() => Promise.all(connections.map((connection, index) => send(connection, index))), warmMs)
    const idle = await timed(() => delay(100))
    const idleShare = idle.cpuMs / idle.elapsedMs
    console.log(`  idle: ${(idleShare * 100).toFixed(1)} % of a core, three brokers`)
    for (const [name, send] of requests) {
      const { times, ...cost } = await timed(() =>
        Promise.all(connections.map((connection, index) => send(connection, index)))
      )
      const ofBroker = (cost.cpuMs - idleShare * cost.elapsedMs) / times.length / connections.length
      const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
      console.log(
        `  ${name}: ${median.toFixed(1)} ms, ${Math.min(...times).toFixed(1)} at best; ${ofBroker.toFixed(2)} ms of a broker's processor`
      )
    }
  } finally {
    for (const connection of connections) connection.socket?.destroy()
  }
}

async function scrape(port: number | undefined): Promise<void> {
  const { body } = await request(`http://127.0.0.1:${port}${scrapePath}`)
  await body.dump()
}
