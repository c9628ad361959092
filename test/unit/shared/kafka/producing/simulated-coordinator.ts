import { compactString, count, int16, int32, int64, type StubOptions, string, varint } from '../stub-leaders.ts'

/** A request of transactions, as far as the simulation needs it. */
export type CoordinatorRequest =
  | { kind: 'find' }
  | { kind: 'init'; id: bigint; epoch: number }
  | { kind: 'add'; id: bigint; epoch: number; partitions: number[] }
  | { kind: 'end'; id: bigint; epoch: number; commit: boolean }

export interface SimulatedCoordinator {
  /** Whether a batch of this epoch may be written to the partition: it is part of the open transaction. */
  admits(epoch: number, partition: number): boolean
  /** A handler of the stub's requests. */
  answer: NonNullable<StubOptions['other']>
  /** Every request that it has carried out. */
  readonly done: CoordinatorRequest[]
}

const errors = { concurrent: 51, invalidState: 48, fenced: 90 }

/**
 * The coordinator of one transactional id as Kafka's TransactionCoordinator behaves with the requests of Kafka 3.9: an epoch fences
 * those below, InitProducerId aborts an open transaction and asks to come again, an end may be repeated, and the markers of a
 * transaction take a moment.
 * @param onEnd writes the markers
 * @param disturb an error instead of the answer; `break` before the request is carried out, or `mute` after it
 */
export function createSimulatedCoordinator(
  onEnd: (partitions: ReadonlySet<number>, commit: boolean) => void,
  disturb: (request: CoordinatorRequest) => number | 'break' | 'mute' | undefined = () => undefined
): SimulatedCoordinator {
  const id = 7n
  const done: CoordinatorRequest[] = []
  let epoch = -1
  let lastEpoch = -1
  let state: 'none' | 'open' | 'committed' | 'aborted' = 'none'
  let partitions = new Set<number>()
  /** Requests that come while markers are written. */
  let busy = 0

  function end(commit: boolean): void {
    onEnd(partitions, commit)
    partitions = new Set()
    state = commit ? 'committed' : 'aborted'
    busy = 2
  }

  function init(request: { id: bigint; epoch: number }): number {
    if (request.id !== -1n && request.epoch === lastEpoch) return 0
    if (request.id !== -1n && (request.id !== id || request.epoch !== epoch)) return errors.fenced
    if (state === 'open') {
      epoch += 1
      lastEpoch = -1
      end(false)
      return errors.concurrent
    }
    lastEpoch = request.id === -1n ? -1 : epoch
    epoch += 1
    return 0
  }

  function carryOut(request: CoordinatorRequest): number {
    if (request.kind === 'find') return 0
    if (request.kind !== 'init' && (request.id !== id || request.epoch !== epoch)) return errors.fenced
    if (busy > 0) {
      busy -= 1
      return errors.concurrent
    }
    if (request.kind === 'init') return init(request)
    if (request.kind === 'add') {
      state = 'open'
      for (const partition of request.partitions) partitions.add(partition)
      return 0
    }
    if (state === 'open') end(request.commit)
    else if (state !== (request.commit ? 'committed' : 'aborted')) return errors.invalidState
    return 0
  }

  return {
    done,
    admits: (ofBatch, partition) => ofBatch === epoch && state === 'open' && partitions.has(partition),
    answer(key, bytes, at, ports) {
      const parsed = parse(key, bytes, at)
      if (!parsed) return undefined
      const { request, head } = parsed
      const disturbance = disturb(request)
      if (disturbance === 'break') return null
      const errorCode = typeof disturbance === 'number' ? disturbance : carryOut(request)
      if (errorCode === 0) done.push(request)
      if (disturbance === 'mute') return null
      switch (request.kind) {
        case 'find':
          return Buffer.concat([
            ...[int32(0), count(1), string(head), int32(0), string('127.0.0.1'), int32(ports[0] ?? 0)],
            ...[int16(errorCode), Buffer.from([0, 0, 0])]
          ])
        case 'init':
          return Buffer.concat([int32(0), int16(errorCode), int64(id), int16(epoch), Buffer.from([0])])
        case 'add': {
          const all = request.partitions.map((partition) =>
            Buffer.concat([int32(partition), int16(errorCode), Buffer.from([0])])
          )
          return Buffer.concat([int32(0), count(1), string(head), count(all.length), ...all, Buffer.from([0, 0])])
        }
        case 'end':
          return Buffer.concat([int32(0), int16(errorCode), Buffer.from([0])])
      }
    }
  }
}

/** @returns undefined for other requests; `head` is the key that was asked for, or the topic */
function parse(key: number, bytes: Buffer, at: number): { request: CoordinatorRequest; head: string } | undefined {
  if (key === 10) return { request: { kind: 'find' }, head: compactString(bytes, at + 2)[0] }
  if (key !== 22 && key !== 24 && key !== 26) return undefined
  const [, next] = compactString(bytes, at)
  const identity = (start: number) => ({ id: bytes.readBigInt64BE(start), epoch: bytes.readInt16BE(start + 8) })
  if (key === 22) return { request: { kind: 'init', ...identity(next + 4) }, head: '' }
  if (key === 26) return { request: { kind: 'end', ...identity(next), commit: bytes[next + 10] === 1 }, head: '' }
  const [topic, list] = compactString(bytes, next + 11)
  const [length, first] = varint(bytes, list)
  const partitions = Array.from({ length: length - 1 }, (_, nth) => bytes.readInt32BE(first + nth * 4))
  return { request: { kind: 'add', ...identity(next), partitions }, head: topic }
}
