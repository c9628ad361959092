import { withDeadline } from '../connection/deadline.ts'
import { askEach, toWarnings } from '../connection/fan-out.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { poolOf } from '../connection/pool.ts'
import { spoken } from '../connection/versions.ts'
import { brokerName } from '../model.ts'
import type { EpochEnd, EpochReader } from './port.ts'

const consumerReplicaId = -1

/** The EpochReader port. */
export function createEpochReader(options: ConnectionOptions): EpochReader {
  const pool = poolOf(options)
  const { brokers } = pool
  const closing = new AbortController()
  return {
    epochEnds: (topic, asked, deadline) =>
      withDeadline(deadline, closing.signal, async (signal) => {
        const metadata = await brokers.metadata([topic], signal)
        const led = metadata.topics.find(({ name }) => name === topic)?.partitions ?? []
        const wanted = asked.flatMap(({ partition, epoch }) => {
          const found = led.find((each) => each.partition === partition)
          if (found?.leader == null || found.leaderEpoch === null) return []
          return [{ partition, epoch, leader: found.leader, leaderEpoch: found.leaderEpoch }]
        })
        const { answers, failures } = await askEach(
          Map.groupBy(wanted, ({ leader }) => leader),
          'Reading where epochs end',
          async ([leader, ofLeader]) => {
            const ends: EpochEnd[] = []
            // A request names a partition once.
            for (let left = ofLeader; left.length > 0; ) {
              const round = left.filter(
                ({ partition }, at) => left.findIndex((each) => each.partition === partition) === at
              )
              left = left.filter((each) => !round.includes(each))
              const partitions = round.map(({ partition, epoch, leaderEpoch }) => ({
                partitionIndex: partition,
                currentLeaderEpoch: leaderEpoch,
                leaderEpoch: epoch
              }))
              const args: [number, { name: string; partitions: typeof partitions }[]] = [
                consumerReplicaId,
                [{ name: topic, partitions }]
              ]
              const response = await brokers.link(leader).request(spoken.offsetForLeaderEpoch, args, signal)
              for (const { partition, errorCode, endOffset } of response.topics.flatMap((each) => each.partitions)) {
                const question = round.find((each) => each.partition === partition)
                if (question && errorCode === 0 && endOffset >= 0n)
                  ends.push({ ...question, endOffset: Number(endOffset) })
              }
            }
            return ends
          }
        )
        return {
          value: answers.flatMap(([, ends]) => ends),
          warnings: toWarnings(failures, ([leader]) => brokerName(leader))
        }
      }),
    async close() {
      closing.abort(new Error('closed'))
      pool.close()
    }
  }
}
