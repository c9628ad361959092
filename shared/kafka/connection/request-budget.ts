import { KopsError } from '../../errors/catalog.ts'
import { type BrokerEndpoint, endpointKey, formatEndpoint } from '../model.ts'
import { abortable } from './deadline.ts'

/**
 * What a broker needs to answer a request: only itself (its logs, caches and other brokers), or the metadata quorum
 * (ZooKeeper or the KRaft controllers). A broker waits for ZooKeeper in one of its few request handlers
 * (num.io.threads), even after the client has closed its connection.
 */
export type Need = 'broker' | 'quorum'

interface ApiNeeds {
  name: string
  zookeeper: Need
  kraft: Need
  /** It depends on the request. */
  unless?: { need: Need; asked(args: readonly unknown[]): boolean }
}

/** Every API that kops uses, by its key, as bench/without-quorum.ts found them (docs/requests.md). */
export const apiNeeds: ReadonlyMap<number, ApiNeeds> = new Map<number, ApiNeeds>([
  [0, { name: 'Produce', zookeeper: 'broker', kraft: 'broker' }],
  [1, { name: 'Fetch', zookeeper: 'broker', kraft: 'broker' }],
  [2, { name: 'ListOffsets', zookeeper: 'broker', kraft: 'broker' }],
  [3, { name: 'Metadata', zookeeper: 'broker', kraft: 'broker' }],
  [8, { name: 'OffsetCommit', zookeeper: 'broker', kraft: 'broker' }],
  [9, { name: 'OffsetFetch', zookeeper: 'broker', kraft: 'broker' }],
  // For groups that a broker has listed, their topic exists. If it is missing, the broker creates it.
  [10, { name: 'FindCoordinator', zookeeper: 'broker', kraft: 'broker' }],
  // A coordinator answers these four from its memory, and writes to the log of the offsets' topic.
  [11, { name: 'JoinGroup', zookeeper: 'broker', kraft: 'broker' }],
  [12, { name: 'Heartbeat', zookeeper: 'broker', kraft: 'broker' }],
  [13, { name: 'LeaveGroup', zookeeper: 'broker', kraft: 'broker' }],
  [14, { name: 'SyncGroup', zookeeper: 'broker', kraft: 'broker' }],
  [15, { name: 'DescribeGroups', zookeeper: 'broker', kraft: 'broker' }],
  [16, { name: 'ListGroups', zookeeper: 'broker', kraft: 'broker' }],
  [18, { name: 'ApiVersions', zookeeper: 'broker', kraft: 'broker' }],
  [19, { name: 'CreateTopics', zookeeper: 'quorum', kraft: 'quorum' }],
  [20, { name: 'DeleteTopics', zookeeper: 'quorum', kraft: 'quorum' }],
  [21, { name: 'DeleteRecords', zookeeper: 'broker', kraft: 'broker' }],
  // Brokers allocate ids from the controller in blocks of a thousand; when they run out, they ask outside their
  // handlers and refuse meanwhile.
  [22, { name: 'InitProducerId', zookeeper: 'broker', kraft: 'broker' }],
  [23, { name: 'OffsetForLeaderEpoch', zookeeper: 'broker', kraft: 'broker' }],
  [29, { name: 'DescribeAcls', zookeeper: 'broker', kraft: 'broker' }],
  [30, { name: 'CreateAcls', zookeeper: 'quorum', kraft: 'quorum' }],
  [31, { name: 'DeleteAcls', zookeeper: 'quorum', kraft: 'quorum' }],
  [
    32,
    {
      name: 'DescribeConfigs',
      zookeeper: 'quorum',
      kraft: 'broker',
      // A broker has its own configuration in memory; it reads those of topics from ZooKeeper each time.
      unless: { need: 'broker', asked: ([resources]) => !namesTopic(resources) }
    }
  ],
  [35, { name: 'DescribeLogDirs', zookeeper: 'broker', kraft: 'broker' }],
  [37, { name: 'CreatePartitions', zookeeper: 'quorum', kraft: 'quorum' }],
  [42, { name: 'DeleteGroups', zookeeper: 'broker', kraft: 'broker' }],
  [43, { name: 'ElectLeaders', zookeeper: 'quorum', kraft: 'quorum' }],
  [44, { name: 'IncrementalAlterConfigs', zookeeper: 'quorum', kraft: 'quorum' }],
  [45, { name: 'AlterPartitionReassignments', zookeeper: 'quorum', kraft: 'quorum' }],
  [46, { name: 'ListPartitionReassignments', zookeeper: 'quorum', kraft: 'quorum' }],
  [47, { name: 'OffsetDelete', zookeeper: 'broker', kraft: 'broker' }],
  // This request itself checks a KRaft cluster's quorum; brokers forward it and hold no handler.
  [55, { name: 'DescribeQuorum', zookeeper: 'broker', kraft: 'broker' }],
  [64, { name: 'UnregisterBroker', zookeeper: 'broker', kraft: 'quorum' }],
  // A coordinator answers it from its memory.
  [65, { name: 'DescribeTransactions', zookeeper: 'broker', kraft: 'broker' }],
  [69, { name: 'ConsumerGroupDescribe', zookeeper: 'broker', kraft: 'broker' }]
])

const topicResource = 2

function namesTopic(resources: unknown): boolean {
  return (
    !Array.isArray(resources) ||
    resources.some((resource: { resourceType?: unknown }) => resource.resourceType === topicResource)
  )
}

/**
 * What a request needs.
 * @param args of the request, as the client library has them
 * @throws Error for an API that is missing in the table: measure a new API first
 */
export function needOf(apiKey: number, args: readonly unknown[], mode: 'zookeeper' | 'kraft'): Need {
  const api = apiNeeds.get(apiKey)
  if (api === undefined) throw new Error(`API ${apiKey} is missing in the table of request-budget.ts`)
  return api.unless?.asked(args) ? api.unless.need : api[mode]
}

const readingApis = new Set([32, 46])

/** Whether requests of an API that needs the quorum never change anything. */
export function onlyReads(apiKey: number): boolean {
  return readingApis.has(apiKey)
}

/**
 * Whether the cluster's metadata can be read from its source and changed now: `absent` without a majority of ZooKeeper
 * nodes or KRaft controllers; `unknown` if kops cannot find out.
 */
export type QuorumState = 'present' | 'absent' | 'unknown'

/** Reports whether the metadata quorum is available. */
export interface QuorumGate {
  /** No older than a second; callers at the same time share one reading. Never rejects. */
  state(): Promise<QuorumState>
  close(): Promise<void>
}

/** If the broker has not answered by then, check whether the quorum is still available. */
const watchMs = 1000
/**
 * A connection that broke during a request may have left a handler waiting: how long to assume so if the quorum cannot
 * be checked.
 */
const doubtMs = 60_000

/**
 * Limits kops' use of the metadata quorum to what a cluster can spare: no request while the quorum is down, and never a
 * second request to a broker before it has answered the first. A request whose caller has given up counts until the
 * broker answers it; if its connection breaks, until the quorum has been seen after that. One budget per process.
 */
export interface RequestBudget {
  /** @throws KopsError metadata_unavailable while the quorum is down */
  admit(): Promise<void>
  /**
   * Sends a request that needs the quorum, when it is its turn at that broker.
   * @param send settles when the broker has answered or the connection is broken, not when the caller gives up
   * @param signal ends the caller's waiting, not the request
   * @param changes whether it changes something
   * @throws KopsError metadata_unavailable without sending, while the quorum is down, and for a reading if the quorum
   * was lost before the answer; in that case kafka_timeout for a change, which the broker may still make; the signal's
   * reason
   */
  spend<T>(endpoint: BrokerEndpoint, signal: AbortSignal, send: () => Promise<T>, changes?: boolean): Promise<T>
  close(): Promise<void>
}

interface Account {
  /** Settles when the broker has answered whatever was sent to it so far. */
  settled: Promise<void>
  /** Since when a request may occupy a handler after losing its connection. */
  doubtfulSinceMs?: number | undefined
}

/** If the quorum cannot be checked, only the limit of one request per broker applies. */
export const unwatched: QuorumGate = { state: async () => 'unknown', close: async () => {} }

export function createRequestBudget(gate: QuorumGate): RequestBudget {
  const accounts = new Map<string, Account>()

  async function admit(): Promise<void> {
    if ((await gate.state()) !== 'absent') return
    throw new KopsError(
      'metadata_unavailable',
      'The metadata quorum is down: kops can reach no ZooKeeper node or controller that serves. Topics, configurations and ACLs cannot change until it is back. Nothing was sent'
    )
  }

  /** @throws KopsError kafka_timeout while an earlier request may still occupy a handler of the broker */
  async function clearDoubt(account: Account, endpoint: BrokerEndpoint): Promise<void> {
    if (account.doubtfulSinceMs === undefined) return
    const doubtedForMs = performance.now() - account.doubtfulSinceMs
    if ((await gate.state()) !== 'present' && doubtedForMs < doubtMs) throw stillBusy(endpoint)
    account.doubtfulSinceMs = undefined
  }

  async function spend<T>(
    endpoint: BrokerEndpoint,
    signal: AbortSignal,
    send: () => Promise<T>,
    changes = true
  ): Promise<T> {
    const key = endpointKey(endpoint)
    const account = accounts.get(key) ?? { settled: Promise.resolve() }
    accounts.set(key, account)
    const before = account.settled
    const mine = Promise.withResolvers<void>()
    account.settled = before.then(() => mine.promise)
    let sent = false
    try {
      await admit()
      await abortable(before, signal).catch(() => {
        throw stillBusy(endpoint)
      })
      await admit()
      await clearDoubt(account, endpoint)
      signal.throwIfAborted()
      const answer = send()
      sent = true
      answer.then(
        () => mine.resolve(),
        (error: unknown) => {
          if (isBroken(error)) account.doubtfulSinceMs = performance.now()
          mine.resolve()
        }
      )
      return await whileThereIsAQuorum(answer, signal, changes)
    } finally {
      if (!sent) mine.resolve()
    }
  }

  async function whileThereIsAQuorum<T>(answer: Promise<T>, signal: AbortSignal, changes: boolean): Promise<T> {
    const lost = new AbortController()
    const timer = setInterval(async () => {
      if ((await gate.state()) !== 'absent') return
      const what = 'The metadata quorum was lost before the broker answered'
      lost.abort(
        changes
          ? new KopsError('kafka_timeout', `${what}; it may still make the change once the quorum is back`)
          : new KopsError('metadata_unavailable', what)
      )
    }, watchMs)
    try {
      return await abortable(answer, AbortSignal.any([signal, lost.signal]))
    } finally {
      clearInterval(timer)
    }
  }

  return { admit, spend, close: () => gate.close() }
}

/** No answer of the broker is in it. */
function isBroken(error: unknown): boolean {
  return !(error instanceof Error && 'response' in error) && !hasApiError(error)
}

function hasApiError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ('apiId' in error) return true
  return 'errors' in error && Array.isArray(error.errors) && error.errors.some(hasApiError)
}

function stillBusy(endpoint: BrokerEndpoint): KopsError {
  return new KopsError(
    'kafka_timeout',
    `${formatEndpoint(endpoint)} has not answered an earlier metadata request, so kops sends no second one`
  )
}
