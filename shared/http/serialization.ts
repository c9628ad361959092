import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { FastifySchema, FastifySerializerCompiler } from 'fastify'
import { codeOptions } from '../field-errors.ts'

const compile = SerializerSelector()({}, { ajv: { code: codeOptions } })
const compiled = new WeakMap<object, ReturnType<typeof compile>>()

/**
 * Compiles each schema once: all routes share those of problems, which would otherwise take most of the time that a
 * service needs to start.
 */
export const compileSerializer: FastifySerializerCompiler<FastifySchema> = (route) => {
  const serialize = compiled.get(route.schema) ?? compile({ ...route, httpStatus: route.httpStatus ?? 'default' })
  compiled.set(route.schema, serialize)
  return serialize
}
