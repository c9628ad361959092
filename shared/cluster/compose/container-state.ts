import type { ContainerInspectInfo } from 'dockerode'
import type { NodeState } from '../../contracts/cluster.ts'
import { heapOf } from '../heap.ts'

/** The part of a container's inspection that shows the state of a node. */
export interface InspectedContainer {
  Id: string
  Image: string
  Config?: { Env?: string[] | null }
  State: Pick<ContainerInspectInfo['State'], 'Running' | 'Paused' | 'Pid' | 'StartedAt'>
  HostConfig: Pick<ContainerInspectInfo['HostConfig'], 'PortBindings'>
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> }
  Mounts: { Type: string; Destination: string }[]
}

/** The state of a node, from its container. */
export interface ContainerView {
  id: string
  image: string
  state: Exclude<NodeState, 'absent'>
  /** Not on the cluster's network; it stays so while the container is stopped. */
  isolated: boolean
  /** Its address in the network while it runs there. */
  address: string | undefined
  /** The port on this machine that leads to the node; undefined when none is published. */
  hostPort: number | undefined
  /** In the engine's process namespace. */
  pid: number | null
  startedAt: string | null
  /** Mount points of its volumes. */
  dataDirs: string[]
  /** The heap that its variables give Java. */
  heap: string | undefined
}

/**
 * Reads a container's inspection (Docker Engine API, GET /containers/{id}/json). Uses the requested published port, not
 * the current one: a stopped or disconnected container has no current one.
 */
export function viewContainer(inspected: InspectedContainer, network: string): ContainerView {
  const { Config, State, HostConfig, NetworkSettings, Mounts } = inspected
  const endpoint = NetworkSettings.Networks[network]
  const state = State.Paused ? 'paused' : State.Running ? 'running' : 'stopped'
  return {
    id: inspected.Id,
    image: inspected.Image,
    state,
    isolated: endpoint === undefined,
    address: endpoint?.IPAddress || undefined,
    hostPort: publishedPort(HostConfig.PortBindings),
    pid: State.Pid > 0 ? State.Pid : null,
    startedAt: state === 'stopped' ? null : new Date(State.StartedAt).toISOString(),
    dataDirs: Mounts.filter(({ Type }) => Type === 'volume').map(({ Destination }) => Destination),
    heap: heapOf((Config?.Env ?? []).find((variable) => /^\w+_HEAP_OPTS=/.test(variable)) ?? '')
  }
}

function publishedPort(bindings: unknown): number | undefined {
  for (const published of Object.values((bindings ?? {}) as Record<string, { HostPort?: string }[] | null>)) {
    const port = Number(published?.[0]?.HostPort)
    if (Number.isInteger(port) && port > 0) return port
  }
  return undefined
}
