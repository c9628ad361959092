import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import type { DrillTarget } from '#shared/contracts/drill-plan.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { Drill, DrillEvent, DrillKinds, DrillPlan } from '#shared/contracts/drills.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { JobContext, JobRunner } from '#shared/jobs/runner.ts'
import { assertReadable } from './abort.ts'
import { describeKinds } from './describe-kinds.ts'
import { faultName } from './fault-sources.ts'
import type { GuardInput } from './guard-rows.ts'
import { hangingId } from './hanging/expected.ts'
import { drillKinds } from './kinds.ts'
import type { EnsembleReader } from './looks.ts'
import { assertRequest, type PlannedDrill, planDrill, writersOf } from './plan.ts'
import { runDrill } from './run.ts'
import { readSituation, type SituationParts } from './situation.ts'
import type { DrillParts } from './steps.ts'

export interface DrillsOptions extends Omit<DrillParts, 'agent' | 'ensemble' | 'reader'>, SituationParts {
  reader: DrillParts['reader'] & SituationParts['reader']
  /** undefined: nothing says where the nodes of its metadata quorum are. */
  createEnsemble: (status: ClusterStatus) => EnsembleReader | undefined
  /** Work of this service that a drill would disturb, by what it is called. */
  underWay: () => GuardInput['underWay']
  /** request.timeout.ms of the writers. */
  clientTimeoutMs: number
  runner: JobRunner<Drill>
  /**
   * Called for each drill, because the cluster may be set up after this service starts. @throws KopsError
   * agent_unreachable
   */
  connectAgent: () => Promise<DrillAgent>
  /** Aborts what is open of transactional ids. */
  abortTransactions: (transactionalIds: string[]) => Promise<void>
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

export interface Drills extends Pick<JobRunner<Drill>, 'ended' | 'get' | 'list' | 'cancel' | 'subscribe' | 'close'> {
  open(): Promise<void>
  /**
   * Starts a drill if its guards pass.
   * @throws KopsError job_conflict (one at a time), agent_unreachable, storage_unavailable; those of plan(), and of its guards
   */
  start(request: StartDrill): Promise<Drill>
  /**
   * What a drill would do now. Changes nothing.
   * @throws KopsError validation_failed with the field, agent_unreachable, cluster_unreachable, and those of planDrill()
   */
  plan(request: StartDrill): Promise<DrillPlan>
  /** @throws KopsError agent_unreachable */
  kinds(): Promise<DrillKinds>
  /** Refuses other work that would disturb a drill. @throws KopsError job_conflict */
  assertNone(): void
}

const partitionsPerBroker = 2

export function createDrills(options: DrillsOptions): Drills {
  const { runner, clock } = options
  let sweeping: Promise<void> = Promise.resolve()

  async function planFor(id: string, request: StartDrill, agent: DrillAgent) {
    assertReadable(request.abortWhen ?? {}, options.conditions)
    const situation = await readSituation(options, agent)
    const { clientTimeoutMs, underWay } = options
    const planned = planDrill({ id, request, situation, clientTimeoutMs, underWay: underWay(), now: clock.now() })
    return { planned, situation }
  }

  async function withAgent<T>(work: (agent: DrillAgent) => Promise<T>): Promise<T> {
    const agent = await options.connectAgent()
    try {
      return await work(agent)
    } finally {
      await agent.close().catch(() => undefined)
    }
  }

  function work(
    { current, update, signal }: JobContext<Drill>,
    agent: DrillAgent,
    { target, stages, prediction }: PlannedDrill,
    ensemble: EnsembleReader | undefined
  ) {
    const { id, kind, request } = current()
    update({ status: 'running' })
    return runDrill(
      { ...options, agent, ensemble },
      {
        id,
        kind,
        target,
        stages,
        prediction,
        writers: request && writersOf(request),
        consumers: request?.consumers ?? (drillKinds[kind].hasConsumers && {}),
        load: request?.load,
        abortWhen: request?.abortWhen,
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

  /** Transactions and topics of drills that ended with the service's death. */
  async function sweep(drills: Drill[]): Promise<void> {
    for (const { id, kind } of drills) {
      if (drillKinds[kind].targets === 'transaction') {
        await options
          .abortTransactions([hangingId(id)])
          .catch((error) => options.onProblem(error, `could not abort the open transaction of ${id}`))
      }
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
    start(request) {
      assertRequest(request)
      return runner.start(async (id) => {
        const agent = await options.connectAgent()
        try {
          const { planned, situation } = await planFor(id, request, agent)
          if (planned.refusal) throw planned.refusal
          const { target, guards, prediction } = planned
          const ensemble = options.createEnsemble(situation.status)
          const self = `/api/drills/${id}`
          const job: Drill = {
            id,
            kind: request.kind,
            node: nodeOf(planned),
            status: 'pending',
            createdAt: clock.now().toISOString(),
            finishedAt: null,
            verdict: null,
            timeline: [],
            request,
            target: recordOf(target),
            guards,
            prediction: prediction.record,
            links: { self, events: `${self}/events`, cancel: self }
          }
          return {
            job,
            work: (context) => work(context, agent, planned, ensemble),
            abandon: () => agent.close()
          }
        } catch (error) {
          await agent.close().catch(() => undefined)
          throw error
        }
      })
    },
    async plan(request) {
      assertRequest(request)
      const { planned } = await withAgent((agent) => planFor('dry-run', request, agent))
      const { target, stages, guards, refusal, prediction } = planned
      return {
        kind: request.kind,
        node: nodeOf(planned),
        target: recordOf(target),
        stages: stages.map(({ name, faults, holdMs }) => ({ name, faults: faults.map(faultName), holdMs })),
        guards,
        admitted: refusal === undefined,
        prediction: prediction.record
      }
    },
    kinds: async () => describeKinds(await withAgent((agent) => agent.status())),
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
  const undoes =
    drillKinds[drill.kind].targets === 'transaction'
      ? 'the next start aborts its transaction, if its timeout is not over by then'
      : 'the agent heals the fault when its lease expires'
  const failure = `The service ended while the drill was running; ${undoes}`
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

function nodeOf({ target: { nodes } }: PlannedDrill): string {
  const [node] = nodes
  if (node === undefined) throw new Error('A drill without a node')
  return node
}

function recordOf({ brokers: _, nodes, ...target }: PlannedDrill['target']): DrillTarget {
  return { ...target, nodes: [...nodes] }
}

function topicOf(id: string): string {
  return `kops-drill-${id}`
}
