import type { BrokerLink } from '#shared/kafka/connection/link.ts'

const [commitKey, findKey, joinKey, heartbeatKey, leaveKey, syncKey] = [8, 10, 11, 12, 13, 14]
export const errors = {
  notCoordinator: 16,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalance: 27,
  notAuthorized: 30,
  idRequired: 79
}
const partitionCount = 6

interface Waiting {
  memberId: string
  metadata: Buffer
  answer: (response: object) => void
}

/** One group with Kafka's rules for its members (GroupCoordinator), at one of two brokers. */
export function simulatedCoordinator() {
  const members = new Set<string>()
  let joining: Waiting[] = []
  let syncing: Omit<Waiting, 'metadata'>[] = []
  let assignments = new Map<string, Buffer>()
  let generation = 0
  let made = 0
  let state: 'stable' | 'joining' | 'syncing' = 'stable'
  const commits: { member: string; generation: number; offsets: [partition: number, offset: number][] }[] = []
  const hooks = { broker: 1, joinError: 0, finds: 0 }

  function rebalance(): void {
    for (const each of syncing) each.answer({ errorCode: errors.rebalance, assignment: Buffer.alloc(0) })
    syncing = []
    if (joining.length < members.size) {
      state = 'joining'
      return
    }
    generation += 1
    state = 'syncing'
    assignments = new Map()
    const all = joining.map(({ memberId, metadata }) => ({ memberId, metadata }))
    const [leader] = all
    for (const { memberId, answer } of joining) {
      answer({ errorCode: 0, generationId: generation, memberId, members: memberId === leader?.memberId ? all : [] })
    }
    joining = []
  }

  const refused = (memberId: string, of: number) => {
    if (!members.has(memberId)) return errors.unknownMember
    return of === generation ? 0 : errors.illegalGeneration
  }

  async function answer(key: number, args: unknown[]): Promise<object> {
    if (key === findKey) {
      hooks.finds += 1
      return { coordinators: [{ key: 'g', nodeId: hooks.broker, errorCode: 0 }] }
    }
    if (key === joinKey) {
      const [, , , memberId, , , protocols] = args as [
        string,
        number,
        number,
        string,
        null,
        string,
        { metadata: Buffer }[]
      ]
      if (hooks.joinError !== 0) return { errorCode: hooks.joinError, generationId: -1, memberId, members: [] }
      if (memberId === '') {
        made += 1
        return { errorCode: errors.idRequired, generationId: -1, memberId: `member-${made}`, members: [] }
      }
      members.add(memberId)
      return new Promise((resolve) => {
        joining.push({ memberId, metadata: protocols[0]?.metadata ?? Buffer.alloc(0), answer: resolve })
        rebalance()
      })
    }
    if (key === syncKey) {
      const [, of, memberId, , , , shared] = args as [string, number, string, null, string, string, Shared[]]
      const errorCode = refused(memberId, of) || (state === 'joining' ? errors.rebalance : 0)
      if (errorCode !== 0) return { errorCode, assignment: Buffer.alloc(0) }
      for (const each of shared) assignments.set(each.memberId, each.assignment)
      return new Promise((resolve) => {
        syncing.push({ memberId, answer: resolve })
        if (assignments.size === 0) return
        state = 'stable'
        for (const each of syncing) each.answer({ errorCode: 0, assignment: assignments.get(each.memberId) })
        syncing = []
      })
    }
    if (key === heartbeatKey) {
      const [, of, memberId] = args as [string, number, string]
      return { errorCode: refused(memberId, of) || (state === 'stable' ? 0 : errors.rebalance) }
    }
    if (key === leaveKey) {
      const [, leaving] = args as [string, { memberId: string }[]]
      for (const { memberId } of leaving) members.delete(memberId)
      if (members.size > 0) rebalance()
      return { errorCode: 0, members: [] }
    }
    if (key !== commitKey) throw new Error(`there is no answer to API ${key}`)
    const [, of, member, , topics] = args as [string, number, string, null, CommittedTopic[]]
    const errorCode = refused(member, of) || (state === 'syncing' ? errors.rebalance : 0)
    const partitions = topics.flatMap((topic) => topic.partitions)
    const offsets = partitions.map((each): [number, number] => [each.partitionIndex, Number(each.committedOffset)])
    if (errorCode === 0) commits.push({ member, generation: of, offsets })
    return {
      topics: [{ name: 'x', partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) }]
    }
  }

  const linkTo = (broker: number): BrokerLink => ({
    endpoint: { host: 'kafka', port: 9091 + broker },
    offers: () => undefined,
    close: () => {},
    async request(versions: readonly { key: number }[], args: unknown[]): Promise<never> {
      const key = versions[0]?.key ?? -1
      if (key === findKey || broker === hooks.broker) return (await answer(key, args)) as never
      const topics = [{ name: 'x', partitions: [{ partitionIndex: 0, errorCode: errors.notCoordinator }] }]
      return { errorCode: errors.notCoordinator, memberId: '', members: [], topics } as never
    }
  })
  const links = [linkTo(1), linkTo(2)] as const
  const place = { leader: 1, leaderEpoch: null, replicas: [], isr: [], offlineReplicas: [] }
  const topic = {
    ...{ name: 'x', internal: false },
    partitions: Array.from({ length: partitionCount }, (_, partition) => ({ partition, ...place }))
  }
  const brokers = {
    links: async () => [...links],
    link: (id: number) => links[id - 1] ?? links[0],
    metadata: async () => ({ clusterId: null, controllerId: null, brokers: [], topics: [topic] })
  }
  return { brokers, members, commits, hooks, generation: () => generation }
}

interface Shared {
  memberId: string
  assignment: Buffer
}

interface CommittedTopic {
  partitions: { partitionIndex: number; committedOffset: bigint }[]
}
