import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import Value from 'typebox/value'
import type { NodeNetwork } from './node-plan.ts'

const NodeNetworkSchema = Type.Object({
  mode: Type.Enum(['network-namespace', 'loopback']),
  prefix: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$' })
})

const pathIn = (stateDir: string) => join(stateDir, 'network.json')

/** The kind of network that up() chose; undefined if none is up, or its record is unreadable. */
export async function loadNetwork(stateDir: string): Promise<NodeNetwork | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(pathIn(stateDir), 'utf8'))
    return Value.Check(NodeNetworkSchema, value) ? value : undefined
  } catch {
    return undefined
  }
}

export async function saveNetwork(stateDir: string, network: NodeNetwork): Promise<void> {
  await mkdir(stateDir, { recursive: true })
  await writeFile(`${pathIn(stateDir)}.new`, `${JSON.stringify(network)}\n`)
  await rename(`${pathIn(stateDir)}.new`, pathIn(stateDir))
}

export async function removeNetwork(stateDir: string): Promise<void> {
  await rm(pathIn(stateDir), { force: true })
}
