import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { Drill, DrillEvent, StartDrill } from '#shared/contracts/drills.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { JobContext, JobRunner } from '#shared/jobs/runner.ts'
import { admit } from './guards.ts'
import { drillKinds } from './kinds.ts'
import { runDrill } from './run.ts'
import type { DrillParts } from './steps.ts'
import type { FoundTarget } from './targets.ts'

export interface DrillsOptions extends Omit<DrillParts, 'agent'> {
  runner: JobRunner<Drill>
  /**
   * Called for each drill, because the cluster may be set up after this service starts. @throws KopsError
   * agent_unreachable
   */
  connectAgent: () => Promise<DrillAgent>
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

export interface Drills extends Pick<JobRunner<Drill>, 'ended' | 'get' | 'list' | 'cancel' | 'subscribe' | 'close'> {
  open(): Promise<void>
  /**
   * Starts a drill if its guards pass.
   * @throws KopsError job_conflict (one at a time), agent_unreachable, storage_unavailable, and those of admit()
   */
  start(request: StartDrill): Promise<Drill>
  /** Refuses other work that would disturb a drill. @throws KopsError job_conflict */
  assertNone(): void
}

const partitionsPerBroker = 2
const guardDeadlineMs = 4_000

export function createDrills(options: DrillsOptions): Drills {
  const { runner, clock } = options
  let sweeping: Promise<void> = Promise.resolve()

  async function check(agent: DrillAgent, request: StartDrill): Promise<FoundTarget> {
    const [status, views, metadata] = await Promise.all([
      agent.status(),
      options.reader.views({ deadlineMs: guardDeadlineMs, topics: [] }),
      options.reader.metadata({ deadlineMs: guardDeadlineMs })
    ])
    const input = { request, status, views, metadata: metadata.value, now: clock.now() }
    const broker = admit(input, drillKinds[request.kind])
    return { nodes: [request.node], brokers: [broker], detail: `${request.node} was named` }
  }

  function work(
    { current, update, signal }: JobContext<Drill>,
    agent: DrillAgent,
    target: FoundTarget,
    request: StartDrill
  ) {
    const { id, kind } = current()
    update({ status: 'running' })
    return runDrill(
      { ...options, agent },
      {
        id,
        kind,
        target,
        stages: drillKinds[kind].stages(target, request),
        topic: topicOf(id),
        partitions: partitionsPerBroker * 3,
        signal,
        onStatus: (status) => update({ status }),
        onChange: update,
        onEvent(event, detail) {
          const entry: DrillEvent = {
            at: clock.now().toISOString(),
            event,
            ...(detail === undefined ? {} : { detail })
          }
          update({ timeline: [...current().timeline, entry] })
        }
      }
    ).finally(() => agent.close().catch(() => undefined))
  }

  /** Topics of drills that ended with the service's death. */
  async function sweep(drills: Drill[]): Promise<void> {
    for (const { id } of drills) {
      try {
        await options.admin.deleteTopic(topicOf(id), { timeoutMs: 10_000 })
      } catch (error) {
        if (!isKopsError(error, 'topic_not_found')) options.onProblem(error, `could not delete topic ${topicOf(id)}`)
      }
    }
  }

  return {
    async open() {
      sweeping = sweep(await runner.open())
    },
    start: (request) =>
      runner.start(async (id) => {
        const agent = await options.connectAgent()
        try {
          const target = await check(agent, request)
          const { nodes, detail } = target
          const self = `/api/drills/${id}`
          const job: Drill = {
            id,
            kind: request.kind,
            node: request.node,
            status: 'pending',
            createdAt: clock.now().toISOString(),
            finishedAt: null,
            verdict: null,
            timeline: [],
            request,
            target: { nodes: [...nodes], detail },
            links: { self, events: `${self}/events`, cancel: self }
          }
          return {
            job,
            work: (context) => work(context, agent, target, request),
            abandon: () => agent.close()
          }
        } catch (error) {
          await agent.close().catch(() => undefined)
          throw error
        }
      }),
    assertNone() {
      const busy = runner.all().find((drill) => !hasEnded(drill))
      if (busy) throw new KopsError('job_conflict', `The drill ${busy.id} is under way`)
    },
    ended: runner.ended,
    get: runner.get,
    list: runner.list,
    cancel: runner.cancel,
    subscribe: runner.subscribe,
    async close() {
      await Promise.all([runner.close(), sweeping])
    }
  }
}

/**
 * The state of a drill that ended with the service's death. The agent healed its fault when the lease expired; the fate
 * of its records is unknown.
 */
export function interruptedDrill(drill: Drill): Drill {
  const failure = 'The service ended while the drill was running; the agent heals the fault when its lease expires'
  return {
    ...drill,
    failure,
    verdict: {
      result: 'aborted',
      reasons: [failure],
      counts: null,
      measurements: {
        timeToNewLeadersMs: null,
        timeToFullIsrMs: null,
        longestAckGapMs: null,
        faultDurationMs: null,
        leadersOnNodeBefore: null
      }
    }
  }
}

function topicOf(id: string): string {
  return `kops-drill-${id}`
}
