import { type Static, type TSchema, Type } from 'typebox'
import { TopicNameSchema, WarningSchema } from './common.ts'
import { IsolationSchema, MessageSchema } from './messages.ts'

const count = Type.Integer({ minimum: 0 })
const offset = Type.Union([count, Type.Null()])

const tailEvent = <Name extends string, Data extends TSchema>(name: Name, data: Data) =>
  Type.Object({ event: Type.Literal(name), data }, { additionalProperties: false })

/** One event of a live tail. From `ready` on nothing is missed, or it is told as skipped. `skipped` are records that came faster than the rate allows or the watcher reads; `end` tells why nothing follows. */
export const TailEventSchema = Type.Union([
  tailEvent(
    'ready',
    Type.Object({
      topic: TopicNameSchema,
      isolation: IsolationSchema,
      partitions: Type.Array(Type.Object({ partition: count, offset }))
    })
  ),
  tailEvent('message', MessageSchema),
  tailEvent('skipped', Type.Object({ records: count })),
  tailEvent('warning', WarningSchema),
  tailEvent('end', Type.Object({ code: Type.String(), detail: Type.String() }))
])
export type TailEvent = Static<typeof TailEventSchema>
