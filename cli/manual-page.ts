import type { Command } from 'commander'

/** A manual page (man(7)) of a command and of those below it; of `kops` with a line for each of its commands. */
export function manualPage(name: string, command: Command): string {
  const isWhole = command.parent === null
  const below = isWhole
    ? ['.SH COMMANDS', ...command.commands.flatMap((each) => term(`kops-${each.name()}(1)`, each.description()))]
    : allOf(command)
        .slice(1)
        .flatMap((each) => [`.SH ${upper(titleOf(each))}`, ...parts(each)])
  return `${[
    `.TH ${upper(name)} 1 "" kops kops`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(command.description())}`,
    '.SH SYNOPSIS',
    `.B ${escaped(titleOf(command))}`,
    escaped(command.usage()),
    ...parts(command, false),
    ...below,
    ...(isWhole ? [] : ['.SH SEE ALSO', '.BR kops (1)'])
  ].join('\n')}\n`
}

/** A command and those below it, at any depth, in their order. */
export function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}

/** `kops topics list` */
export function titleOf(command: Command): string {
  return command.parent === null ? command.name() : `${titleOf(command.parent)} ${command.name()}`
}

function parts(command: Command, describes = true): string[] {
  const options = command.options.filter(({ hidden }) => !hidden)
  return [
    ...(describes
      ? [`.B ${escaped(titleOf(command))}`, escaped(command.usage()), '.PP', escaped(command.description())]
      : []),
    ...command.registeredArguments.flatMap((each) => term(each.name(), each.description)),
    ...(options.length > 0 && !describes ? ['.SH OPTIONS'] : []),
    ...options.flatMap(({ flags, description, argChoices }) =>
      term(flags, argChoices ? `${description} (${argChoices.join(', ')})` : description)
    ),
    ...afterHelp(command)
  ]
}

/** What follows the help of a command: examples, exit codes. It is laid out already. */
function afterHelp(command: Command): string[] {
  const text = helpOf(command).slice(command.helpInformation().length).trim()
  return text === '' ? [] : ['.PP', '.nf', ...text.split('\n').map(escaped), '.fi']
}

/** The help of a command, as it is written to a pipe. */
export function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    ...command.configureOutput(),
    getOutHelpWidth: () => 80,
    writeOut: (part) => {
      text += part
    }
  })
  command.outputHelp()
  return text.trimEnd()
}

function term(name: string, description: string): string[] {
  return ['.TP', `.B ${escaped(name)}`, escaped(description)]
}

function upper(text: string): string {
  return escaped(text.toUpperCase())
}

/** Text that roff takes as it is. A line must not begin with a sign of its own. */
function escaped(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq')
  return /^[.']/.test(plain) ? `\\&${plain}` : plain
}
