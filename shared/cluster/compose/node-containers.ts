import type Docker from 'dockerode'
import { KopsError } from '../../errors/catalog.ts'
import { type ContainerView, viewContainer } from './container-state.ts'
import { engineStatus, toRuntimeError } from './engine-error.ts'
import { logLines } from './log-frames.ts'

export interface NodeContainersOptions {
  docker: Docker
  /** The Compose project; only containers with its label are ever touched. */
  project: string
  /** The cluster's network as the engine knows it. */
  network: string
  /** Only these services are nodes. */
  names: string[]
}

export type NodeContainers = ReturnType<typeof createNodeContainers>

const projectLabel = 'com.docker.compose.project'
const serviceLabel = 'com.docker.compose.service'

/** The containers of the cluster's nodes, and the few things that are ever done to them. Failures are runtime_failed. */
export function createNodeContainers({ docker, project, network, names }: NodeContainersOptions) {
  /** @throws KopsError node_not_found */
  function assertNode(name: string): void {
    if (!names.includes(name)) throw new KopsError('node_not_found', `${name} is not one of ${names.join(', ')}`)
  }

  async function ids(): Promise<Map<string, string>> {
    const listed = await docker.listContainers({
      all: true,
      filters: { label: [`${projectLabel}=${project}`, 'com.docker.compose.oneoff=False'] }
    })
    return new Map(
      listed.flatMap(({ Id, Labels }) => {
        const name = Labels[serviceLabel]
        return name !== undefined && names.includes(name) ? [[name, Id] as const] : []
      })
    )
  }

  async function inspect(id: string): Promise<ContainerView | undefined> {
    try {
      return viewContainer(await docker.getContainer(id).inspect(), network)
    } catch (error) {
      if (engineStatus(error) === 404) return undefined
      throw error
    }
  }

  async function existing(name: string) {
    assertNode(name)
    const id = (await ids()).get(name)
    if (id !== undefined) return docker.getContainer(id)
    throw new KopsError('node_state_conflict', `${name} has no container; docker-compose up -d creates it`)
  }

  return {
    assertNode,

    /** Every node's container by name; undefined where there is none. */
    views: () =>
      attempt('reading the containers', async () => {
        const known = await ids()
        const entries = names.map(async (name) => {
          const id = known.get(name)
          return [name, id === undefined ? undefined : await inspect(id)] as const
        })
        return new Map(await Promise.all(entries))
      }),

    view: (name: string) =>
      attempt(`reading ${name}`, async () => {
        assertNode(name)
        const id = (await ids()).get(name)
        return id === undefined ? undefined : inspect(id)
      }),

    start: (name: string) => attempt(`starting ${name}`, async () => tolerate([304], (await existing(name)).start())),

    /** SIGTERM, then SIGKILL after the timeout; the engine resumes a paused container. */
    stop: (name: string, graceSeconds: number) =>
      attempt(`stopping ${name}`, async () => tolerate([304], (await existing(name)).stop({ t: graceSeconds }))),

    /** 409: it does not run. */
    kill: (name: string) => attempt(`killing ${name}`, async () => tolerate([409], (await existing(name)).kill())),

    pause: (name: string) => attempt(`pausing ${name}`, async () => (await existing(name)).pause()),

    resume: (name: string) => attempt(`resuming ${name}`, async () => (await existing(name)).unpause()),

    disconnect: (name: string) =>
      attempt(`disconnecting ${name}`, async () => {
        const { id } = await existing(name)
        await docker.getNetwork(network).disconnect({ Container: id, Force: true })
      }),

    /** Under its own name: the alias from Compose was lost with the connection. */
    connect: (name: string) =>
      attempt(`connecting ${name}`, async () => {
        const { id } = await existing(name)
        await docker.getNetwork(network).connect({ Container: id, EndpointConfig: { Aliases: [name] } })
      }),

    logs: (name: string, lines: number) =>
      attempt(`reading the log of ${name}`, async () =>
        (await existing(name)).logs({ stdout: true, stderr: true, tail: lines, follow: false })
      ),

    /** What a command prints that runs in the container. */
    outputOf: (name: string, command: string[]) =>
      attempt(`running ${command[0]} in ${name}`, async () => {
        const exec = await (await existing(name)).exec({ Cmd: command, AttachStdout: true })
        const chunks: Buffer[] = []
        for await (const chunk of await exec.start({})) chunks.push(Buffer.from(chunk))
        return logLines(Buffer.concat(chunks)).join('\n')
      }),

    /** Removes a node's container and its volumes. Nothing where there is none. */
    remove: (name: string) =>
      attempt(`removing ${name}`, async () => {
        assertNode(name)
        const id = (await ids()).get(name)
        if (id !== undefined) await tolerate([404], docker.getContainer(id).remove({ v: true }))
        const volume = `${project}_${name}-data`
        await tolerate([404], docker.getVolume(volume).remove())
      }),

    /** Empties the volumes of a stopped node, by a container of the node's own image that has nothing but them. */
    emptyVolumes: (name: string, { id, image, dataDirs }: ContainerView) =>
      attempt(`removing the data of ${name}`, async () => {
        if (dataDirs.length === 0) return
        const cleaner = await docker.createContainer({
          Image: image,
          Entrypoint: ['find'],
          Cmd: [...dataDirs, '-mindepth', '1', '-delete'],
          Labels: { 'kops.role': 'cleaner' },
          HostConfig: { VolumesFrom: [id], NetworkMode: 'none', ReadonlyRootfs: true, CapDrop: ['ALL'] }
        })
        try {
          await cleaner.start()
          const { StatusCode } = (await cleaner.wait()) as { StatusCode: number }
          if (StatusCode !== 0) throw new Error(`find ended with ${StatusCode}`)
        } finally {
          await cleaner.remove({ force: true })
        }
      })
  }
}

async function attempt<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw toRuntimeError(doing, error)
  }
}

/** Statuses by which the engine reports that the requested state already holds. */
async function tolerate(statuses: number[], call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    const status = engineStatus(error)
    if (status === undefined || !statuses.includes(status)) throw error
  }
}
