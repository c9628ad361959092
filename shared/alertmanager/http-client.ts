import { type Static, type TSchema, Type } from 'typebox'
import Value from 'typebox/value'
import { KopsError } from '../errors/catalog.ts'
import { parseJson } from '../json.ts'
import type { CallLimits } from '../upstream/call-limits.ts'
import { createUpstream } from '../upstream/upstream.ts'
import { matcherText } from './matchers.ts'
import type { Alertmanager, Silence } from './port.ts'

const text = Type.String()
const AlertsSchema = Type.Array(
  Type.Object({
    fingerprint: text,
    labels: Type.Record(text, text),
    annotations: Type.Record(text, text),
    startsAt: text,
    status: Type.Object({ silencedBy: Type.Array(text), inhibitedBy: Type.Array(text) })
  })
)
const StatusSchema = Type.Object({ uptime: text })
const SilenceSchema = Type.Object({
  id: text,
  status: Type.Object({ state: Type.Enum(['active', 'pending', 'expired']) }),
  matchers: Type.Array(
    Type.Object({ name: text, value: text, isRegex: Type.Boolean(), isEqual: Type.Optional(Type.Boolean()) })
  ),
  startsAt: text,
  endsAt: text,
  createdBy: text,
  comment: text
})
const SilencesSchema = Type.Array(SilenceSchema)
const CreatedSchema = Type.Object({ silenceID: text })

/**
 * The Alertmanager port on its API (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml).
 * @param url its address, with a path before /api, user and password if needed
 * @param passwordFile the file with the password instead
 * @throws Error, without the password, if the URL is invalid or the file cannot be read
 */
export function createAlertmanager(url: string, passwordFile = ''): Alertmanager {
  const upstream = createUpstream({
    ...{ owner: 'KOPS_ALERTMANAGER', url, passwordFile },
    unreachable: 'alertmanager_unreachable'
  })

  async function get<S extends TSchema>(path: string, schema: S, limits: CallLimits): Promise<Static<S>> {
    const { statusCode, content } = await upstream.send('GET', `/api/v2${path}`, limits)
    if (statusCode === 400) throw refused('matchers', content)
    return asPromised(schema, statusCode, content)
  }

  function asPromised<S extends TSchema>(schema: S, statusCode: number, content: string): Static<S> {
    const answer = parseJson(content)
    if (statusCode === 200 && Value.Check(schema, answer)) return answer
    const what = statusCode === 200 ? 'an unexpected response' : statusCode
    throw upstream.unreachable(`it answered ${what}`)
  }

  return {
    async alerts(matchers, limits) {
      const query = new URLSearchParams(matchers.map((matcher): [string, string] => ['filter', matcherText(matcher)]))
      const [alerts, { uptime }] = await Promise.all([
        get(`/alerts?${query}`, AlertsSchema, limits),
        get('/status', StatusSchema, limits)
      ])
      return {
        alerts: alerts.map(({ status, fingerprint, labels, annotations, startsAt }) => {
          const { silencedBy, inhibitedBy } = status
          return { fingerprint, labels, annotations, startsAt, silencedBy, inhibitedBy }
        }),
        startedAt: new Date(uptime)
      }
    },

    async silences(limits) {
      const all = await get('/silences', SilencesSchema, limits)
      return all.flatMap((silence) => toSilence(silence) ?? [])
    },

    async silence({ matchers, ...silence }, limits) {
      const { statusCode, content } = await upstream.send('POST', '/api/v2/silences', limits, {
        ...silence,
        matchers: matchers.map(({ label, operator, value }) => ({
          name: label,
          value,
          isRegex: operator.endsWith('~'),
          isEqual: operator.startsWith('=')
        }))
      })
      if (statusCode === 400) throw refused('silence', content)
      return asPromised(CreatedSchema, statusCode, content).silenceID
    },

    async expire(id, limits) {
      const { statusCode, content } = await upstream.send('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`, limits)
      if (statusCode === 200) return
      // Alertmanager 0.25 answers 500 for an id that it does not have, and for a silence that has ended.
      if (statusCode === 404 || /not found|already expired/i.test(content)) {
        throw new KopsError('maintenance_not_found', `Alertmanager has no active silence ${id}`)
      }
      throw upstream.unreachable(`it answered ${statusCode}`)
    },

    close: upstream.close
  }
}

function toSilence({ status: { state }, matchers, ...silence }: Static<typeof SilenceSchema>): Silence | undefined {
  if (state === 'expired') return undefined
  const { id, startsAt, endsAt, createdBy, comment } = silence
  return {
    id,
    state,
    startsAt,
    endsAt,
    createdBy,
    comment,
    matchers: matchers.map(({ name, value, isRegex, isEqual = true }) => ({
      label: name,
      operator: isEqual ? (isRegex ? '=~' : '=') : isRegex ? '!~' : '!=',
      value
    }))
  }
}

/** The message names the matcher: `bad matcher format`, `error parsing regexp`. */
function refused(what: string, content: string): KopsError {
  const reason = content.trim().slice(0, 500)
  return new KopsError('validation_failed', `Alertmanager refuses the ${what}: ${reason}`)
}
