import fs, { type PathLike } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import type { Test } from 'tap'

/** What a full disk and a broken one answer. */
export const diskErrors = ['ENOSPC', 'EIO'] as const
export type DiskError = (typeof diskErrors)[number]

export interface FailingDisk {
  /** Every write so far, by call and file: `rename a.json.new`. */
  readonly writes: readonly string[]
  /** Writes fail from the nth on, from 0: only that one, or all that follow until `recover`. */
  fail(error: DiskError, nth: number, only: boolean): void
  recover(): void
  /** Whether the next write fails. */
  isFailing(): boolean
}

const pathCalls = ['mkdir', 'rename', 'rm', 'writeFile', 'appendFile', 'truncate'] as const
const handleCalls = ['write', 'writeFile', 'appendFile', 'sync', 'datasync', 'truncate'] as const

/**
 * Replaces the calls of node:fs/promises that write below a folder by ones that fail on request, until the test ends.
 * Like a real disk, one that fails to write data may have written half of it.
 */
export function failingDisk(t: Test, folder: string): FailingDisk {
  const writes: string[] = []
  let failure: { error: DiskError; nth: number; only: boolean } | undefined

  function failureOf(call: string, path: string): Error | undefined {
    const nth = writes.push(`${call} ${basename(path)}`) - 1
    if (failure === undefined || nth < failure.nth || (failure.only && nth > failure.nth)) return undefined
    return Object.assign(new Error(`${failure.error}: ${call} '${path}'`), { code: failure.error })
  }

  const real = fs.promises
  const replaced: Record<string, unknown> = {}
  const calls = real as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  function replace(name: string, by: (original: (...args: unknown[]) => Promise<unknown>) => unknown): void {
    const original = calls[name]
    if (original === undefined) throw new Error(`node:fs/promises has no ${name}`)
    replaced[name] = original
    Object.assign(real, { [name]: by(original) })
  }

  for (const name of pathCalls) {
    replace(name, (original) => async (...args: unknown[]) => {
      const path = String(args[0])
      const error = path.startsWith(folder) ? failureOf(name, path) : undefined
      if (error === undefined) return original.call(real, ...args)
      if (name.endsWith('File')) await original.call(real, args[0], half(args[1])).catch(() => {})
      throw error
    })
  }
  replace('open', (original) => async (...args: unknown[]) => {
    const path = String(args[0] as PathLike)
    const writes = args[1] !== undefined && args[1] !== 'r'
    if (!path.startsWith(folder)) return original.call(real, ...args)
    const error = writes ? failureOf('open', path) : undefined
    if (error !== undefined) throw error
    return watched((await original.call(real, ...args)) as FileHandle, path)
  })

  function watched(file: FileHandle, path: string): FileHandle {
    const its = file as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    for (const name of handleCalls) {
      const original = its[name]
      if (original === undefined) continue
      its[name] = async (...args) => {
        const error = failureOf(name, path)
        if (error === undefined) return original.call(file, ...args)
        if (name === 'write') await original.call(file, half(args[0]), 0, undefined, args[3]).catch(() => {})
        else if (name.endsWith('File')) await original.call(file, half(args[0])).catch(() => {})
        throw error
      }
    }
    return file
  }

  syncBuiltinESMExports()
  t.teardown(() => {
    Object.assign(real, replaced)
    syncBuiltinESMExports()
  })
  return {
    writes,
    fail(error, nth, only) {
      failure = { error, nth: writes.length + nth, only }
    },
    recover() {
      failure = undefined
    },
    isFailing: () => failure !== undefined && writes.length >= failure.nth && !failure.only
  }
}

function half(data: unknown): Buffer {
  const bytes = Buffer.from(data as string | Uint8Array)
  return bytes.subarray(0, Math.floor(bytes.length / 2))
}
