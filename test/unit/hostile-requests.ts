import fc from 'fast-check'
import type { Operation } from './documents.ts'
import { texts, valuesOf } from './hostile-values.ts'

export interface HostileRequest {
  url: string
  headers?: Record<string, string>
  body?: string
}

/** Requests generated from the schemas of an operation's path, query and body. */
export function requestsOf(
  { parameters = [], requestBody }: Operation,
  path: string,
  document: unknown
): fc.Arbitrary<HostileRequest> {
  const partsOf = (where: string) =>
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === where)
        .map(({ name, schema }) => [name, valuesOf(schema, document)])
    )
  const query = partsOf('query')
  const schema = requestBody?.content['application/json']?.schema
  return fc
    .record({
      params: fc.record(partsOf('path')),
      query: fc.record(query, { requiredKeys: [] }),
      unknown: fc.option(fc.tuple(texts, texts), { freq: 10 }),
      body: schema ? valuesOf(schema, document) : fc.constant(undefined)
    })
    .map(({ params, query, unknown, body }) => {
      const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encode(params[name]) || 'x')
      const pairs = [...Object.entries(query), ...(unknown ? [unknown] : [])]
      const search = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
      return {
        url: search ? `${url}?${search}` : url,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      }
    })
}

/** As part of an address; a lone surrogate as the bytes that some clients make of it, though they are not UTF-8. */
function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  if (/^\.{1,2}$/.test(text)) return text.replaceAll('.', '%2E')
  return text.isWellFormed() ? encodeURIComponent(text) : `%ED%A0%80${encodeURIComponent(text.toWellFormed())}`
}
