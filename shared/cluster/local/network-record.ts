import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import Value from 'typebox/value'
import { replaceFile } from '../../files/replace-file.ts'
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
  await replaceFile(pathIn(stateDir), `${JSON.stringify(network)}\n`)
}

export async function removeNetwork(stateDir: string): Promise<void> {
  await rm(pathIn(stateDir), { force: true })
}
