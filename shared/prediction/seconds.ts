import type { ExpectedSeconds, SecondsBand } from '../contracts/what-if.ts'
import type { Scenario, TimingSettings } from './model.ts'

/** ZooKeeper's default tickTime, to which it rounds the end of a session up. */
const tickSeconds = 2
/**
 * Another controller is elected controller.quorum.fetch.timeout.ms (2 s) after the last answer of the old one, which may have come
 * half a second before the fault (a fetch waits that long for records), and a random delay. Measured: 1.9 to 3.9 s.
 */
const controllerElection = { min: 1.5, max: 4 }
/** Until brokers have fetched what a KRaft controller has written. Measured: a broker was seen as gone 0.2 s after the session's end. */
const publication = 1
/** request.timeout.ms of Kafka's own clients. */
const clientTimeoutMs = 30_000
/** A replica that has kept running only copies what it missed. */
const recovery = { min: 0, max: 10 }
/** From the new leader in the metadata to a client that writes to it: backoff, and a metadata request. */
const clientSeconds = 1

export interface TimedLoss extends Pick<Scenario, 'how'> {
  mode: 'zookeeper' | 'kraft'
  timings: TimingSettings
  /** A broker is lost, rather than only voters. */
  losesBroker: boolean
  /** The active controller is lost, or with ZooKeeper the broker that it is on is cut off. */
  losesController: boolean
  canElect: boolean
  clientTimeoutMs?: number | undefined
  holdMs?: number | undefined
}

/**
 * The bands in which a loss is expected to be noticed and repaired.
 * - A broker that stops asks the controller to move its leaders first.
 * - ZooKeeper ends a session T after its last ping; pings are sent at T/3, and the end is rounded up to a tick: 2/3 T to T + tick.
 * - A KRaft controller fences a broker T after its last heartbeat: T - heartbeat to T, and brokers fetch that within a second. When the active controller dies with it,
 *   the next one is elected first, and every session begins again.
 * - A follower that does not fetch leaves the ISR after 1 to 1.5 times replica.lag.time.max.ms, or with the broker's session.
 * - A client whose request to a silent broker is under way waits for the rest of its request timeout; a broken connection shows at
 *   once.
 * - A broker that is cut off from the others only keeps its session and its leaderships: writes wait until it has left the ISRs
 *   where it follows, and to the end where it leads; to the end everywhere if it is the controller that leaders have to ask. One that is cut off from ZooKeeper or the controllers only is noticed like one
 *   that is gone. Until then it serves clients, with its followers; a client then has to learn of its successor, or waits for the
 *   request that it sent to the old leader.
 * - A broker with a full disk stops itself at its next write, which is anything between at once and a session later.
 * - What lost and delayed packets do to a connection has no formula.
 */
export function expectedSeconds(loss: TimedLoss): ExpectedSeconds {
  const { how, canElect, losesBroker } = loss
  if (!losesBroker) {
    const detection = !canElect ? null : loss.losesController ? controllerElection : { min: 0, max: tickSeconds }
    return { detection, leaders: null, clientGap: null, followed: null, isrFull: null }
  }
  if (how === 'slow') return { detection: null, leaders: null, clientGap: null, followed: null, isrFull: recovery }
  if (how === 'cutBrokers') return cutFromBrokers(loss)
  // Measured: a stopped or killed broker starts within seconds, a paused one only registers again.
  const isrFull = how === 'pause' || how === 'cutMetadata' ? recovery : { min: 1, max: 15 }
  if (!canElect) return { detection: null, leaders: null, clientGap: null, followed: null, isrFull }
  if (how === 'stop') {
    const leaders = { min: 0, max: 3 }
    return {
      // It asks to be relieved at once; others list it until it has closed its logs. Measured: 2.3 s, 3.6 s on busy cores.
      detection: { min: 0, max: 5 },
      leaders,
      clientGap: later(leaders, clientSeconds),
      followed: leaders,
      isrFull
    }
  }
  const session = sessionEnd(loss)
  const detection = how === 'diskFull' ? { min: 0, max: session.max } : session
  const leaders = later(detection, 1)
  const lag = loss.timings.replicaLagMs / 1000
  const hang = how === 'pause' || how === 'cutMetadata' ? (loss.clientTimeoutMs ?? clientTimeoutMs) / 1000 : 0
  return {
    detection,
    leaders,
    clientGap:
      how === 'cutMetadata'
        ? { min: 0, max: rounded(hang + clientSeconds) }
        : { min: leaders.min, max: rounded(Math.max(leaders.max, hang) + clientSeconds) },
    followed: { min: rounded(Math.min(detection.min, lag)), max: rounded(Math.min(leaders.max, 1.5 * lag)) },
    isrFull
  }
}

/** A writer that had to wait is behind, and its connections may have to be opened again. */
const afterCut = 10
/** Until a broker has tried its connection to the controller again. Measured: 0.7 s, 1.5 s. */
const reconnection = 3

function cutFromBrokers({ mode, losesController, timings, holdMs }: TimedLoss): ExpectedSeconds {
  const lag = timings.replicaLagMs / 1000
  const hold = holdMs === undefined ? null : holdMs / 1000
  // Leaders ask the controller to take a replica out of the ISR (KIP-497). With ZooKeeper it is a broker: cut off itself, it hears
  // nothing before the cut ends.
  const waits = mode === 'zookeeper' && losesController && hold !== null
  const followed = waits
    ? { min: rounded(hold), max: rounded(hold + reconnection) }
    : { min: rounded(Math.min(lag, hold ?? lag)), max: rounded(Math.min(1.5 * lag, hold ?? 1.5 * lag) + 1) }
  const clientGap = hold === null ? null : { min: followed.min, max: rounded(Math.max(hold, followed.max) + afterCut) }
  return { detection: null, leaders: null, clientGap, followed, isrFull: { min: 0, max: 15 } }
}

function sessionEnd({ mode, timings, losesController }: TimedLoss): SecondsBand {
  const session = timings.sessionTimeoutMs / 1000
  if (mode === 'zookeeper') return { min: rounded((2 / 3) * session), max: rounded(session + tickSeconds) }
  if (losesController) {
    return {
      min: rounded(controllerElection.min + session),
      max: rounded(controllerElection.max + session + publication)
    }
  }
  return { min: rounded(Math.max(0, session - timings.heartbeatMs / 1000)), max: rounded(session + publication) }
}

function later({ min, max }: SecondsBand, by: number): SecondsBand {
  return { min, max: rounded(max + by) }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
