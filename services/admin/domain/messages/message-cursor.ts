import { Type } from 'typebox'
import Value from 'typebox/value'
import type { MessagePage } from '#shared/contracts/messages.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { parseJson } from '#shared/json.ts'
import type { PartitionProgress } from '#shared/kafka/records/port.ts'

/** Where a search continues: the unfinished partitions, each with its position. */
export interface MessageCursor {
  topic: string
  direction: MessagePage['direction']
  positions: Map<number, number>
}

const whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const WireSchema = Type.Tuple([
  Type.String(),
  Type.Enum(['forward', 'backward']),
  Type.Array(Type.Tuple([whole, whole]))
])

/** undefined if every partition is finished. Opaque: base64url of JSON; it contains positions and grants nothing. */
export function encodeMessageCursor(
  topic: string,
  direction: MessagePage['direction'],
  partitions: readonly PartitionProgress[]
): string | undefined {
  const left = partitions.flatMap(({ partition, position, finished }) =>
    position === null || finished ? [] : [[partition, position]]
  )
  if (left.length === 0) return undefined
  return Buffer.from(JSON.stringify([topic, direction, left])).toString('base64url')
}

/** @throws KopsError validation_failed on `cursor` if it was not created for this topic */
export function decodeMessageCursor(cursor: string, topic: string): MessageCursor {
  const wire = parseJson(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (!Value.Check(WireSchema, wire) || wire[0] !== topic) {
    throw fieldError('validation_failed', 'cursor', 'is not a nextCursor of this topic')
  }
  return {
    topic,
    direction: wire[1],
    positions: new Map(wire[2].map(([partition, position]) => [partition, position]))
  }
}
