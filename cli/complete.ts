import type { Argument, Command, Option } from 'commander'
import { commandRows } from './commands.ts'
import { clientFor } from './context.ts'
import { pathOf } from './effects.ts'
import { namesOf } from './names.ts'
import { openProgram, type ProgramParts } from './program.ts'

/** A word, and what it means where a shell shows that. */
export type Candidate = [word: string, meaning?: string]

/**
 * What may stand in the place of the last of some words, as `kops` gets them from a shell; nothing where that is not known. A
 * line has the word and, after a tab, its meaning.
 */
export async function complete(parts: ProgramParts, words: readonly string[]): Promise<void> {
  const candidates = await candidatesFor(parts, words)
  for (const [word, meaning] of candidates) parts.output.print(meaning === undefined ? word : `${word}\t${meaning}`)
}

async function candidatesFor(parts: ProgramParts, words: readonly string[]): Promise<Candidate[]> {
  // A shell may take the sign of --option=value for a word of its own.
  const earlier = words.slice(0, -1).filter((word) => word !== '=')
  const current = words.at(-1) === '=' ? '' : (words.at(-1) ?? '')
  const { program, context, define } = openProgram(parts)
  let command: Command = program
  let place = 0
  let waiting: Option | undefined
  for (const word of earlier) {
    if (waiting) {
      if (command === program || waiting.long === '--context') program.setOptionValue(waiting.attributeName(), word)
      waiting = undefined
    } else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => word === long || word === short)
      waiting = option && (option.required || option.optional) ? option : undefined
    } else {
      const below = place > 0 ? undefined : command.commands.find((each) => isCalled(each, word))
      if (below && command === program) await define(below)
      if (below) command = below
      else place += 1
    }
  }
  const values: Values = (what) => namesOf(what, pathOf(command), current, () => clientFor(context)).catch(() => [])
  const found = waiting
    ? await valuesOf(waiting, values)
    : current.startsWith('-')
      ? optionsOf(command, program)
      : [...(place > 0 ? [] : commandsOf(command)), ...(await argumentsOf(command, place, values))]
  return found.filter(([word]) => word.startsWith(current))
}

function isCalled(command: Command, word: string): boolean {
  return command.name() === word || command.aliases().includes(word)
}

function commandsOf(command: Command): Candidate[] {
  return command.commands.map((each) => [each.name(), each.description()])
}

function optionsOf(command: Command, program: Command): Candidate[] {
  const isLocal = commandRows.find(({ name }) => name === pathOf(command).split(' ')[0])?.isLocal
  const general = program.options.filter(({ long }) => long && /^--(context|curl|confirm-cluster)$/.test(long))
  const all = [...command.options.filter(({ hidden }) => !hidden), ...(command === program || isLocal ? [] : general)]
  return [
    ...all.flatMap(({ long, description }): Candidate[] => (long ? [[long, description]] : [])),
    ['--help', 'display help for command']
  ]
}

type Values = (what: string | undefined) => Promise<string[]>

async function valuesOf({ argChoices, flags }: Option, values: Values): Promise<Candidate[]> {
  const words = argChoices ?? (await values(/[<[]([a-z]+)/.exec(flags)?.[1]))
  return words.map((word) => [word])
}

async function argumentsOf({ registeredArguments }: Command, place: number, values: Values): Promise<Candidate[]> {
  const last = registeredArguments.at(-1)
  const argument: Argument | undefined = registeredArguments[place] ?? (last?.variadic ? last : undefined)
  if (!argument) return []
  const words = argument.argChoices ?? (await values(argument.name()))
  return words.map((word) => [word])
}
