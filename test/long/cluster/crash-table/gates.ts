// Loaded into an agent (NODE_OPTIONS=--import): makes it wait at points between recording, injecting and undoing a fault, so
// that a test can kill it there.
import childProcess from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { type Gate, gateFiles } from './gate-files.ts'

const folder = process.env['KOPS_TEST_GATES'] ?? ''
const passed = new Map<Gate, number>()

/** Stops the whole process while the gate is closed, after as many passages as the gate lets through. */
function pass(gate: Gate): void {
  const { closed, reached } = gateFiles(folder, gate)
  if (!existsSync(closed)) {
    passed.delete(gate)
    return
  }
  const before = passed.get(gate) ?? 0
  passed.set(gate, before + 1)
  if (before < Number(readFileSync(closed, 'utf8'))) return
  writeFileSync(reached, '')
  const never = new Int32Array(new SharedArrayBuffer(4))
  while (existsSync(closed)) Atomics.wait(never, 0, 0, 5)
}

if (process.argv[1]?.endsWith('/agent/main.ts')) {
  const { open } = fs
  fs.open = async (path, flags, ...rest) => {
    // The folder is synced once the new record is in it, and before anything is done to the node.
    if (flags === 'r' && /\/faults$/.test(String(path))) pass('recorded')
    if (flags === 'r+' && /\/faults\/[^/]+\.json$/.test(String(path))) pass('record')
    return open(path, flags, ...rest)
  }
  const { spawn } = childProcess
  const changes = /\blink set\b|\bnft -f\b|\bqdisc (replace|del)\b|^\/bin\/sh -c record=/
  childProcess.spawn = ((command: string, args: string[], ...rest: []) => {
    if (changes.test([command, ...args].join(' '))) pass('deed')
    return spawn(command, args, ...rest)
  }) as typeof spawn
  const kill = process.kill.bind(process)
  process.kill = (pid, signal) => {
    if (typeof signal === 'string') pass('deed')
    return kill(pid, signal)
  }
  syncBuiltinESMExports()
}
