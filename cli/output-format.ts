import { type Command, Option } from 'commander'

/** How a command shows data: as text for people, or in a form for programs. */
export const outputFormats = ['table', 'wide', 'json', 'jsonl', 'yaml', 'name'] as const
export type DataFormat = Exclude<(typeof outputFormats)[number], 'table'>

/** A form for programs. The option `json` of a command holds one when it acts, or true for JSON. */
export interface Rendering {
  text: (answer: object) => string
  /** It shows warnings, and where a list continues; otherwise these go to standard error. */
  whole: boolean
}

/** The options that formatOption() has made: `-o` of other commands names a file. */
const formats = new WeakSet<Option>()

/** The option `-o`, beside `--json`. When the command acts, its option `json` holds the form that was chosen. */
export function formatOption(): Option {
  const option = new Option('-o, --output <format>', 'how to show it').choices(outputFormats)
  formats.add(option)
  return option
}

/** To be called before a command acts: chooses what renders its answer, and loads that. */
export async function chooseRendering(command: Command): Promise<void> {
  if (!command.options.some((option) => formats.has(option))) return
  const format: (typeof outputFormats)[number] | undefined = command.getOptionValue('output')
  // Commands pass on what options are left as the query of a request.
  command.setOptionValue('output', undefined)
  if (format === undefined) return
  command.setOptionValue('json', format === 'table' ? undefined : (await import('./render.ts')).renderings[format])
}
