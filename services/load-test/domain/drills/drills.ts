import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { Drill, DrillEvent, DrillKinds, DrillPlan } from '#shared/contracts/drills.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { JobContext, JobRunner, PreparedJob, WaitingContext } from '#shared/jobs/runner.ts'
import { deleteLeftTopic } from '../left-topic.ts'
import { assertReadable } from './abort.ts'
import { describeKinds } from './describe-kinds.ts'
import { foundOf, newDrill, nodeOf, targetOf } from './drill-record.ts'
import { faultName } from './fault-sources.ts'
import type { GuardInput } from './guard-row.ts'
import { hangingId } from './hanging/expected.ts'
import { drillKinds } from './kinds.ts'
import type { EnsembleReader } from './looks.ts'
import { assertRequest, type PlannedDrill, planDrill, writersOf } from './plan.ts'
import { waitForTurn } from './queue.ts'
import { runDrill } from './run.ts'
import { readSituation, type SituationParts } from './situation.ts'
import type { DrillParts } from './steps.ts'
import { ownTopicName } from './topic.ts'

export interface DrillsOptions extends Omit<DrillParts, 'agent' | 'ensemble' | 'reader'>, SituationParts {
  reader: DrillParts['reader'] & SituationParts['reader']
  /** undefined: nothing says where the nodes of its metadata quorum are. */
  createEnsemble: (status: ClusterStatus) => EnsembleReader | undefined
  /** Work of this service that a drill would disturb, by name. */
  underWay: () => GuardInput['underWay']
  /** request.timeout.ms of the writers. */
  clientTimeoutMs: number
  runner: JobRunner<Drill>
  /**
   * Called for each drill, because the cluster may be set up after this service starts. @throws KopsError
   * agent_unreachable
   */
  connectAgent: () => Promise<DrillAgent>
  /** Aborts open transactions of these transactional ids. */
  abortTransactions: (transactionalIds: string[]) => Promise<void>
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

export interface Drills
  extends Pick<JobRunner<Drill>, 'ended' | 'get' | 'list' | 'all' | 'cancel' | 'subscribe' | 'close'> {
  open(): Promise<void>
  /**
   * Starts a drill if its guards pass; one with `queueMs` once they do.
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

/** A drill that no guard refuses, and what it needs to run. */
interface Ready {
  agent: DrillAgent
  planned: PlannedDrill
  ensemble: EnsembleReader | undefined
}

export function createDrills(options: DrillsOptions): Drills {
  const { runner, clock } = options
  const closing = new AbortController()
  let sweeping: Promise<void> = Promise.resolve()

  async function planFor(id: string, request: StartDrill, agent: DrillAgent) {
    assertReadable(request.abortWhen ?? {}, options.conditions)
    const situation = await readSituation(options, agent, request.topic)
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

  /** What a drill needs to begin now. @throws KopsError those of planFor() */
  async function makeReady(id: string, request: StartDrill): Promise<Ready> {
    const agent = await options.connectAgent()
    try {
      const { planned, situation } = await planFor(id, request, agent)
      return { agent, planned, ensemble: options.createEnsemble(situation.status) }
    } catch (error) {
      await agent.close().catch(() => undefined)
      throw error
    }
  }

  async function prepare(id: string, request: StartDrill): Promise<PreparedJob<Drill>> {
    let ready = await makeReady(id, request)
    const { queueMs } = request
    const { refusal } = ready.planned
    const waits = queueMs !== undefined
    // A queue helps against what passes by itself.
    const isRefused = refusal !== undefined && !(waits && refusal.retriable)
    if (waits || isRefused) await ready.agent.close().catch(() => undefined)
    if (isRefused) throw refusal
    return {
      job: newDrill(id, request, ready.planned, clock.now()),
      ...(waits && {
        async admit(context: WaitingContext<Drill>) {
          const onWaiting = (reason: string) => note(context, 'waiting', reason)
          const turn = await waitForTurn(context, { queueMs, clock, onWaiting, tryNow: () => tryNow(id, request) })
          if ('status' in turn) return turn
          ready = turn
          context.update({ status: 'pending', ...foundOf(ready.planned) })
          note(context, 'admitted')
          return undefined
        }
      }),
      work: (context) => work(context, ready),
      abandon: () => ready.agent.close()
    }
  }

  /** @throws KopsError also the refusal of its guards */
  async function tryNow(id: string, request: StartDrill): Promise<Ready> {
    const ready = await makeReady(id, request)
    const { refusal } = ready.planned
    if (refusal === undefined) return ready
    await ready.agent.close().catch(() => undefined)
    throw refusal
  }

  function note({ current, update }: JobContext<Drill>, event: string, detail?: string): void {
    const entry: DrillEvent = { at: clock.now().toISOString(), event, ...(detail === undefined ? {} : { detail }) }
    update({ timeline: [...current().timeline, entry] })
  }

  function work(context: JobContext<Drill>, { agent, planned, ensemble }: Ready) {
    const { current, update, signal } = context
    const { mode, target, topic, stages, prediction } = planned
    const { id, kind, request } = current()
    update({ status: 'running' })
    return runDrill(
      { ...options, agent, ensemble },
      {
        id,
        kind,
        mode,
        target,
        stages,
        prediction,
        writers: request && writersOf(request),
        consumers: request?.consumers ?? (drillKinds[kind].hasConsumers && {}),
        load: request?.load,
        abortWhen: request?.abortWhen,
        topic,
        signal,
        onStatus: (status) => update({ status }),
        onChange: update,
        onEvent: (event, detail) => note(context, event, detail)
      }
    ).finally(() => agent.close().catch(() => undefined))
  }

  /** Open transactions, and topics of their own, of drills that ended with the service's death. */
  async function sweep(drills: Drill[]): Promise<void> {
    for (const { id, kind } of drills) {
      if (drillKinds[kind].targets === 'transaction') {
        await options
          .abortTransactions([hangingId(id)])
          .catch((error) => options.onProblem(error, `could not abort the open transaction of ${id}`))
      }
      await deleteLeftTopic(ownTopicName(id), { ...options, signal: closing.signal })
    }
  }

  return {
    async open() {
      sweeping = sweep(await runner.open())
    },
    start(request) {
      assertRequest(request)
      return runner.start((id) => prepare(id, request), { waits: request.queueMs !== undefined })
    },
    async plan(request) {
      assertRequest(request)
      const { planned } = await withAgent((agent) => planFor('dry-run', request, agent))
      const { target, stages, guards, refusal, prediction } = planned
      return {
        kind: request.kind,
        node: nodeOf(planned),
        target: targetOf(target),
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
    all: runner.all,
    cancel: runner.cancel,
    subscribe: runner.subscribe,
    async close() {
      closing.abort()
      await Promise.all([runner.close(), sweeping])
    }
  }
}
