import type { SecureContext } from 'node:tls'
import { KopsError } from '../../errors/catalog.ts'
import { poll } from '../../poll.ts'
import { answersApiVersions, zooKeeperMode } from '../node-probes.ts'
import type { ContainerView } from './container-state.ts'
import { logLines } from './log-frames.ts'
import type { NodeContainers } from './node-containers.ts'

export interface NodeReadinessOptions {
  containers: Pick<NodeContainers, 'view' | 'logs'>
  /** The other nodes are ZooKeeper's. */
  brokers: readonly string[]
  /** How long a node may take to answer after its start. */
  readyMs: number
  /** With what to reach the brokers of a secured cluster. */
  probeContext: (() => Promise<SecureContext | undefined>) | undefined
}

/** Whether nodes in containers answer. */
export interface NodeReadiness {
  answers(name: string, view: ContainerView): Promise<boolean>
  /** @throws KopsError runtime_failed with the last lines of its log when it ends or does not answer in time */
  waitUntilReady(name: string, signal?: AbortSignal): Promise<void>
}

const probeMs = 1500
const pollMs = 200

export function createNodeReadiness({
  containers,
  brokers,
  readyMs,
  probeContext
}: NodeReadinessOptions): NodeReadiness {
  async function answers(name: string, { address }: ContainerView): Promise<boolean> {
    if (address === undefined) return false
    if (!brokers.includes(name)) {
      return (await zooKeeperMode({ host: address, port: 2181, timeoutMs: probeMs })) !== undefined
    }
    const tls = await probeContext?.()
    // Addresses change whenever a container is connected: certificates have names.
    return answersApiVersions({ host: address, port: 9092, timeoutMs: probeMs, tls, serverName: name })
  }

  async function waitUntilReady(name: string, signal?: AbortSignal): Promise<void> {
    const isReady = async () => {
      const view = await containers.view(name)
      if (view?.state === 'stopped') {
        throw new KopsError('runtime_failed', `${name} ended while it started${await tail(name)}`)
      }
      return view?.state === 'running' && (await answers(name, view))
    }
    const { done } = await poll(isReady, (ready) => ready, { timeoutMs: readyMs, pauseMs: pollMs, signal })
    if (!done) {
      throw new KopsError('runtime_failed', `${name} does not answer after ${readyMs / 1000} s${await tail(name)}`)
    }
  }

  async function tail(name: string): Promise<string> {
    const lines = logLines(await containers.logs(name, 15))
    return lines.length === 0 ? '' : `:\n${lines.join('\n')}`
  }

  return { answers, waitUntilReady }
}
