import { type Static, Type } from 'typebox'
import Value from 'typebox/value'
import { parseJson } from '../json.ts'
import { createUpstream } from '../upstream/upstream.ts'
import type { PrometheusReader, RangeAnswer } from './ports.ts'

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
  const upstream = createUpstream({
    ...{ owner: 'KOPS_PROMETHEUS', url, passwordFile },
    unreachable: 'prometheus_unreachable'
  })
  return {
    async range({ query, from, to, stepSeconds }, limits) {
      const form = new URLSearchParams({
        query,
        start: String(from.getTime() / 1000),
        end: String(to.getTime() / 1000),
        step: String(stepSeconds),
        timeout: `${limits.deadlineMs}ms`
      })
      const { statusCode, content } = await upstream.send('POST', '/api/v1/query_range', limits, form)
      const answer = toAnswer(statusCode, content)
      if (typeof answer === 'string') throw upstream.unreachable(answer)
      return answer
    },
    close: upstream.close
  }
}

/** What is wrong with it, if it is no answer. */
function toAnswer(statusCode: number, text: string): RangeAnswer | string {
  const answer = parseJson(text)
  if (Value.Check(RefusalSchema, answer)) return `it refused: ${answer.errorType}: ${answer.error}`
  if (statusCode !== 200) return `it answered ${statusCode}`
  if (!Value.Check(MatrixSchema, answer)) return 'the answer is not a matrix'
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
