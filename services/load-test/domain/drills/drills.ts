import type { Agent } from '#shared/cluster/agent-port.ts'
import type { Drill, DrillEvent, DrillVerdict, StartDrill } from '#shared/contracts/drills.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { BrokerMetadata } from '#shared/kafka/ports.ts'
import type { Jobs, Page } from '../jobs/jobs.ts'
import { runDrill } from './drill.ts'
import type { DrillParts } from './drill-steps.ts'
import { admit } from './guards.ts'
import { judge } from './verdict.ts'
import { verify } from './verifier.ts'

export interface DrillsOptions extends Omit<DrillParts, 'agent'> {
  jobs: Jobs<Drill>
  newId: () => string
  /** Asked for at each drill: the cluster may have been set up after this service started. @throws KopsError agent_unreachable */
  connectAgent: () => Promise<Agent>
  /** Hears of what goes wrong where nobody waits. */
  onProblem: (error: unknown, what: string) => void
}

export interface Drills {
  open(): Promise<void>
  /**
   * Starts a drill once its guards hold.
   * @throws KopsError job_conflict (one at a time), agent_unreachable, and those of admit()
   */
  start(request: StartDrill): Promise<Drill>
  /** @throws KopsError job_not_found */
  get(id: string): Drill
  list(page: { limit: number; cursor?: string | undefined }): Page<Drill>
  /** Heals, ends the drill, and resolves to it. @throws KopsError job_not_found, job_finished */
  cancel(id: string, reason: string): Promise<Drill>
  subscribe(id: string, listener: (drill: Drill) => void): () => void
  close(): Promise<void>
}

const defaultFaultDurationMs = 20_000
const partitionsPerBroker = 2
const guardDeadlineMs = 4_000

export function createDrills(options: DrillsOptions): Drills {
  const { jobs, clock } = options
  let starting = false
  let active: { id: string; abort: AbortController; done: Promise<Drill> } | undefined
  let sweeping: Promise<void> = Promise.resolve()
  let closing = false

  async function check(agent: Agent, request: StartDrill): Promise<BrokerMetadata> {
    const [status, views, metadata] = await Promise.all([
      agent.status(),
      options.reader.views({ deadlineMs: guardDeadlineMs, topics: [] }),
      options.reader.metadata({ deadlineMs: guardDeadlineMs })
    ])
    return admit({ request, status, views, metadata: metadata.value })
  }

  async function execute(drill: Drill, agent: Agent, broker: BrokerMetadata, plan: Plan): Promise<Drill> {
    const change = (part: Partial<Drill>) =>
      void jobs.update(drill.id, part).catch((error: unknown) => options.onProblem(error, 'a drill could not be kept'))
    const onEvent = (event: string, detail?: string) => {
      const entry: DrillEvent = { at: clock.now().toISOString(), event, ...(detail === undefined ? {} : { detail }) }
      change({ timeline: [...jobs.get(drill.id).timeline, entry] })
    }
    change({ status: 'running' })
    const end = await runDrill(
      { ...options, agent },
      {
        id: drill.id,
        kind: drill.kind,
        node: drill.node,
        broker,
        topic: topicOf(drill.id),
        onStatus: (status) => change({ status }),
        onEvent,
        ...plan
      }
    )
    await agent.close().catch(() => undefined)
    active = undefined
    return jobs.update(drill.id, { ...end, finishedAt: clock.now().toISOString() })
  }

  /** Topics of drills that the service's death ended. */
  async function sweep(drills: Drill[]): Promise<void> {
    for (const { id } of drills) {
      try {
        await options.admin.deleteTopic(topicOf(id), { timeoutMs: 10_000 })
      } catch (error) {
        if (!isKopsError(error, 'topic_not_found')) options.onProblem(error, `topic ${topicOf(id)} is left`)
      }
    }
  }

  return {
    async open() {
      const interrupted: Drill[] = []
      await jobs.open((drill) => interrupted.push(drill))
      sweeping = sweep(interrupted)
    },
    async start(request) {
      if (closing) throw new KopsError('job_conflict', 'The service is closing')
      if (active || starting) {
        throw new KopsError(
          'job_conflict',
          `One drill at a time; under way: ${active?.id ?? 'one that is about to start'}`
        )
      }
      starting = true
      let agent: Agent | undefined
      try {
        agent = await options.connectAgent()
        const broker = await check(agent, request)
        const id = options.newId()
        const self = `/api/drills/${id}`
        const drill: Drill = {
          id,
          kind: request.kind,
          node: request.node,
          status: 'pending',
          createdAt: clock.now().toISOString(),
          finishedAt: null,
          verdict: null,
          timeline: [],
          links: { self, events: `${self}/events`, cancel: self }
        }
        await jobs.add(drill)
        const abort = new AbortController()
        const done = execute(drill, agent, broker, {
          partitions: partitionsPerBroker * 3,
          faultDurationMs: request.faultDurationMs ?? defaultFaultDurationMs,
          signal: abort.signal
        })
        done.catch((error: unknown) => options.onProblem(error, `drill ${id} could not be concluded`))
        active = { id, abort, done }
        return drill
      } catch (error) {
        await agent?.close().catch(() => undefined)
        throw error
      } finally {
        starting = false
      }
    },
    get: jobs.get,
    list: jobs.list,
    async cancel(id, reason) {
      const drill = jobs.get(id)
      if (active?.id !== id) throw new KopsError('job_finished', `Drill ${id} has ended: ${drill.status}`)
      active.abort.abort(new Error(reason))
      return active.done
    },
    subscribe: jobs.subscribe,
    async close() {
      closing = true
      active?.abort.abort(new Error('The service was stopped'))
      await Promise.allSettled([active?.done, sweeping])
    }
  }
}

interface Plan {
  partitions: number
  faultDurationMs: number
  signal: AbortSignal
}

/** The state of a drill that the service's death ended; the agent has healed its fault when the lease ran out. */
export function interruptedDrill(drill: Drill): Drill {
  const failure = 'The service ended while the drill was running; the agent heals its fault when the lease ends'
  return { ...drill, failure, verdict: abortedVerdict(failure) }
}

function abortedVerdict(reason: string): DrillVerdict {
  return judge({
    verification: verify({ producer: '', outcomes: [], records: [], partitions: [] }),
    measurements: {
      timeToNewLeadersMs: null,
      timeToFullIsrMs: null,
      longestAckGapMs: null,
      faultDurationMs: null,
      leadersOnNodeBefore: 0
    },
    fault: { confirmed: false, detail: reason },
    recovered: false,
    unread: [],
    aborted: reason
  })
}

function topicOf(id: string): string {
  return `kops-drill-${id}`
}
