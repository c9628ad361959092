import type { Command } from 'commander'
import { commandRows } from './commands.ts'

/** What a command does to the cluster of its context. */
export type Effect = 'reads' | 'changes' | 'destroys'

const marked = new WeakMap<Command, Effect>()

/** Marks a command that changes or destroys something. */
export function hasEffect(command: Command, effect: Effect): Command {
  marked.set(command, effect)
  return command
}

/** Commands that change something and have not the options of a change; `load compare` does so with workloads only. */
const others: Record<string, Effect> = {
  'capacity measure': 'destroys',
  'capacity stop': 'changes',
  drill: 'destroys',
  'drill abort': 'changes',
  'drill gameday': 'destroys',
  'drill repeat': 'destroys',
  'drill run': 'destroys',
  'load baseline delete': 'changes',
  'load run': 'changes',
  'load stop': 'changes'
}

/** Commands below those of services that call none; doctor makes many calls at once, which no line of curl shows. */
const local = new Set([
  'doctor',
  'lb compare',
  'lb generate',
  'lb monitor',
  'lb process',
  'lb route',
  'load worker',
  'load workloads',
  'drill import'
])

/** `topics config set`: the command without `kops`. */
export function pathOf(command: Command): string {
  const above = command.parent
  return above?.parent ? `${pathOf(above)} ${command.name()}` : command.name()
}

export function effectOf(command: Command): Effect {
  return marked.get(command) ?? others[pathOf(command)] ?? 'reads'
}

export function callsService(command: Command): boolean {
  const path = pathOf(command)
  const row = commandRows.find(({ name }) => name === path.split(' ')[0])
  return !row?.isLocal && !local.has(path)
}
