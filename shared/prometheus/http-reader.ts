import { type Static, Type } from 'typebox'
import Value from 'typebox/value'
import { Agent, request } from 'undici'
import { KopsError } from '../errors/catalog.ts'
import { parseJson } from '../json.ts'
import { readAddress, readBody } from './address.ts'
import type { PrometheusReader, RangeAnswer } from './ports.ts'

/** 1,000 points of 100 series take 3 MB. */
const maxBodyBytes = 16 * 1024 * 1024

const MatrixSchema = Type.Object({
  status: Type.Literal('success'),
  warnings: Type.Optional(Type.Array(Type.String())),
  data: Type.Object({
    resultType: Type.Literal('matrix'),
    result: Type.Array(
      Type.Object({
        metric: Type.Record(Type.String(), Type.String()),
        values: Type.Array(Type.Tuple([Type.Number(), Type.String()]))
      })
    )
  })
})
const RefusalSchema = Type.Object({ status: Type.Literal('error'), errorType: Type.String(), error: Type.String() })

/**
 * The PrometheusReader port on the HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries).
 * @param url its address, with a path before /api, user and password if needed
 * @param passwordFile the file with the password instead
 * @throws Error, without the password, if the URL is invalid or the file cannot be read
 */
export function createPrometheusReader(url: string, passwordFile = ''): PrometheusReader {
  const { authorization, place } = readAddress('KOPS_PROMETHEUS', url, passwordFile)
  const dispatcher = new Agent({ connections: 4 })

  return {
    async range({ query, from, to, stepSeconds }, { deadlineMs, signal }) {
      const time = AbortSignal.timeout(deadlineMs)
      const body = new URLSearchParams({
        query,
        start: String(from.getTime() / 1000),
        end: String(to.getTime() / 1000),
        step: String(stepSeconds),
        timeout: `${deadlineMs}ms`
      })
      try {
        const response = await request(`${place}/api/v1/query_range`, {
          method: 'POST',
          dispatcher,
          signal: signal ? AbortSignal.any([signal, time]) : time,
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...authorization() },
          body: body.toString()
        })
        return toAnswer(response.statusCode, await readBody(response.body, maxBodyBytes))
      } catch (cause) {
        signal?.throwIfAborted()
        const reason = time.aborted ? `no answer within ${deadlineMs} ms` : messageOf(cause)
        throw new KopsError('prometheus_unreachable', `${place}: ${reason}`, { cause })
      }
    },
    close: () => dispatcher.destroy()
  }
}

function toAnswer(statusCode: number, text: string): RangeAnswer {
  const answer = parseJson(text)
  if (Value.Check(RefusalSchema, answer)) throw new Error(`it refused: ${answer.errorType}: ${answer.error}`)
  if (statusCode !== 200) throw new Error(`it answered ${statusCode}`)
  if (!Value.Check(MatrixSchema, answer)) throw new Error('the answer is not a matrix')
  const { data, warnings = [] }: Static<typeof MatrixSchema> = answer
  return {
    warnings,
    series: data.result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([seconds, value]) => [seconds, toNumber(value)])
    }))
  }
}

/** Prometheus has its own notation for infinities. */
function toNumber(value: string): number {
  if (value === '+Inf') return Number.POSITIVE_INFINITY
  return value === '-Inf' ? Number.NEGATIVE_INFINITY : Number(value)
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'no answer'
}
