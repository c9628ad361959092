import type { HealthState, HealthStreamEvent } from '#shared/contracts/health-stream.ts'

/** What the stream of health-service has said so far. */
export interface LiveHealth {
  state: HealthState | undefined
  /** When anything last arrived, by this machine's clock; undefined: nothing has. */
  contactAt: number | undefined
  /** When the stream was lost; undefined: it stands. */
  lostAt: number | undefined
}

export const noHealth: LiveHealth = { state: undefined, contactAt: undefined, lostAt: undefined }

/** What is known after an event. After `state`, nothing of before counts. */
export function afterEvent({ state }: LiveHealth, event: HealthStreamEvent, now: number): LiveHealth {
  return { state: stateAfter(state, event), contactAt: now, lostAt: undefined }
}

function stateAfter(state: HealthState | undefined, { event, data }: HealthStreamEvent): HealthState | undefined {
  if (event === 'state') return data
  // A change before the state: it is in the state that follows.
  if (state === undefined) return undefined
  switch (event) {
    case 'ping':
      return { ...state, asOf: data.asOf }
    case 'status':
      return { ...state, asOf: data.asOf, status: data.status, reasons: data.reasons }
    case 'score':
      return { ...state, asOf: data.asOf, score: data.score }
    case 'broker':
      return { ...state, asOf: data.asOf, brokers: changed(state.brokers, data) }
    case 'ensemble':
      return { ...state, asOf: data.asOf, ensemble: changed(state.ensemble, data) }
    case 'group': {
      const others = state.groups.filter(({ group }) => group !== data.group)
      const groups = data.gone ? others : [...others, { group: data.group, verdict: data.verdict }]
      return { ...state, asOf: data.asOf, groups }
    }
    case 'alert': {
      const others = state.alerts.filter((alert) => !isSame(alert, data))
      return { ...state, alerts: data.state === 'FIRING' ? [...others, data] : others }
    }
  }
}

type Nodes = HealthState['brokers']

function changed(nodes: Nodes, { name, status }: { name: string; status: Nodes[number]['status'] | null }): Nodes {
  if (status === null) return nodes.filter((node) => node.name !== name)
  const known = nodes.some((node) => node.name === name)
  if (!known) return [...nodes, { name, status }]
  return nodes.map((node) => (node.name === name ? { name, status } : node))
}

type Alerts = HealthState['alerts']

function isSame(a: Alerts[number], b: Alerts[number]): boolean {
  return a.alert === b.alert && a.instanceId === b.instanceId && a.source === b.source
}

/** A stream that is quiet for longer than this is lost: there is a ping every 15 s. */
export const silentMs = 40_000

/** Whether a stream that stands has been quiet for too long. */
export function isSilent({ contactAt, lostAt }: LiveHealth, now: number): boolean {
  return lostAt === undefined && contactAt !== undefined && now - contactAt > silentMs
}
