import { type Static, type TProperties, type TSchema, Type } from 'typebox'

/** One of several shapes, distinguished by `kind`: a refusal names the fields of the kind that was given, and no others. */
export function kinds<T extends TSchema[]>(shapes: [...T], options: { description: string; examples: unknown[] }) {
  return Type.Unsafe<Static<T[number]>>({
    type: 'object',
    ...options,
    discriminator: { propertyName: 'kind' },
    required: ['kind'],
    oneOf: shapes
  })
}

/** One of them. */
export function kind<K extends string, P extends TProperties>(name: K, properties: P) {
  return Type.Object({ kind: Type.Literal(name), ...properties }, { additionalProperties: false })
}
