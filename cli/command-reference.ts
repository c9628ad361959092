import type { Command } from 'commander'
import { exitMeanings } from './exit-codes.ts'
import { helpOf, manualPage, titleOf } from './manual-page.ts'
import { buildWholeProgram } from './program.ts'

/** The pages of the command line by their paths below docs/. */
export async function commandPages(): Promise<Map<string, string>> {
  const silent = { print() {}, error() {} }
  const program = await buildWholeProgram({ output: silent, person: { present: false, ask: async () => undefined } })
  const manual = [program, ...program.commands].map((command): [string, string] => {
    const name = command === program ? 'kops' : `kops-${command.name()}`
    return [`man/man1/${name}.1`, manualPage(name, command)]
  })
  return new Map([['cli.md', reference(program)], ...manual])
}

const introduction = `# The command line

\`npm run docs\` writes this page and the manual pages in docs/man (\`man -M docs/man kops-topics\`) from the table of commands.

## Exit codes

| code | |
|---|---|
${Object.entries(exitMeanings)
  .map(([code, meaning]) => `| ${code} | ${meaning} |`)
  .join('\n')}

\`kops health\` exits with 0, 1 or 2 for HEALTHY, DEGRADED or DOWN, and with 3 if the status is unknown.

Data goes to standard output, and prose (progress, warnings, questions) to standard error. Colours need a terminal, and
\`NO_COLOR\` turns them off.

## Forms of output

| \`-o\` | |
|---|---|
| \`table\` | for people; the default |
| \`wide\` | a column for each field that the service gives, not fitted to the terminal; one thing as fields and values |
| \`json\` | the service's answer as it is; \`--json\` is short for it |
| \`jsonl\` | each item of a list in a line |
| \`yaml\` | the answer as YAML |
| \`name\` | the names of the items, a line each; what has no name prints nothing |

With \`jsonl\`, \`wide\` and \`name\`, warnings of the answer go to standard error. Commands that write a file have \`-o\` for that
instead.

\`--watch\` shows changes until Ctrl-C (exit code 130): of \`health\`, \`alerts\`, \`groups list\`, \`topics list\`, \`reassignments list\`,
\`load list\`, \`capacity list\`, \`drill list\` and \`drill gamedays\`. A terminal is redrawn; elsewhere each change is a line of
JSON with \`at\`, \`event\` (\`added\`, \`changed\` or \`gone\`) and \`item\`. \`health\`, \`alerts\` and \`groups list\` follow the event
stream of health-service, and every list is read every three seconds besides.

\`--curl\` prints the call instead of making it, and needs no service; the token stands in it as the variable or file that
has it. Of several calls it prints the first: what follows depends on the answer.

## Several clusters

Without a context, kops speaks to the cluster of its checkout (\`local\`). \`kops context add\` keeps the addresses of another
cluster's services in \`$XDG_CONFIG_HOME/kops/contexts.json\` (\`~/.config\`), which only you can read. It names the file or the
environment variable that has the token, and never the token.

What is used, first to last:

1. options: \`--admin-url\`, \`--health-url\`, \`--loadtest-url\`; \`--context\`
2. environment variables: \`KOPS_ADMIN_URL\`, \`KOPS_HEALTH_URL\`, \`KOPS_LOADTEST_URL\`, \`KOPS_TOKEN\`, \`KOPS_CA\`; \`KOPS_CONTEXT\`
3. the context: that of \`--context\`, of \`KOPS_CONTEXT\`, or of \`kops context use\`, in this order
4. the cluster of the checkout, or the default ports

A variable that is set wins even over a context that you name: \`KOPS_TOKEN\` goes to whatever the addresses are.

In a context with \`--read-only\`, commands that change something are refused (exit code 1) before anything is sent; plans
and \`--dry-run\` work. In one with \`--production\`, questions begin with its name in red, and what destroys asks for the
name of the cluster first; \`--yes\` does not answer that, \`--confirm-cluster <name>\` does where there is no terminal. Both
hold in kops only: the role of the token is what a service checks ([access-control.md](access-control.md)).

\`kops cluster\`, \`kops setup\` and \`kops kafka\` act on this machine's cluster, whatever the context.

## Completion and plugins

\`kops completion bash\` (zsh, fish) prints what completes commands, options, topics, groups, nodes and the ids of runs and
drills. Names come from the services, and none when these do not answer within a fifth of a second.

A program \`kops-x\` on \`PATH\` is the command \`kops x\`, unless kops has one of this name. It gets the words after its name,
the terminal, and the options before its name as variables: \`--context prod\` as \`KOPS_CONTEXT=prod\`. Its exit code is that
of kops.

## Commands
`

function reference(program: Command): string {
  return [introduction, ...[program, ...program.commands].flatMap((command) => sections(command, program))].join('\n')
}

/** A section for a command and for each below it. */
function sections(command: Command, program: Command): string[] {
  const level = command === program || command.parent === program ? '###' : '####'
  const below = command === program ? [] : command.commands.flatMap((each) => sections(each, program))
  return [`${level} ${titleOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`, ...below]
}
