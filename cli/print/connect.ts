import type { Connector, ConnectorDescription, ConnectorPlan } from '#shared/contracts/connectors.ts'
import { printTable } from '../answer.ts'
import { type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'

function paintedState(state: string): string {
  if (state === 'RUNNING') return paint('green', state)
  return paint(state === 'FAILED' ? 'red' : 'yellow', plain(state))
}

export function printConnectors(output: Output, connectors: Connector[]): void {
  const rows = connectors.map(({ name, type, state, tasks, error, deadLetterTopic }) => {
    const running = tasks.filter((task) => task.state === 'RUNNING').length
    const first = error ?? tasks.find((task) => task.error !== null)?.error ?? ''
    const shown = `${running}/${tasks.length}`
    return [
      plain(name),
      type,
      paintedState(state),
      running < tasks.length || tasks.length === 0 ? paint('yellow', shown) : shown,
      deadLetterTopic === null ? '-' : plain(deadLetterTopic),
      plain(first)
    ]
  })
  printTable(output, ['CONNECTOR', 'TYPE', 'STATE', 'TASKS', 'DEAD LETTERS', 'ERROR'], rows, 'There are no connectors.')
}

export function printConnector(output: Output, connector: ConnectorDescription): void {
  const { name, type, class: javaClass, state, worker, tasks, config } = connector
  output.print(
    `${plain(name)} (${type}, ${plain(javaClass)}): ${paintedState(state)} on ${plain(worker) || 'no worker'}`
  )
  printTrace(output, connector.trace)
  output.print('')
  const rows = tasks.map((task) => [
    String(task.id),
    paintedState(task.state),
    plain(task.worker),
    plain(task.error ?? '')
  ])
  printTable(output, ['TASK', 'STATE', 'WORKER', 'ERROR'], rows, 'It has no tasks.')
  for (const task of tasks.filter((task) => task.trace !== null)) {
    output.print(`\nTask ${task.id}:`)
    printTrace(output, task.trace)
  }
  output.print('')
  const settings = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1))
  output.print(
    table(
      ['SETTING', 'VALUE'],
      settings.map(([setting, value]) => [plain(setting), plain(value)])
    )
  )
}

function printTrace(output: Output, trace: string | null): void {
  for (const line of trace?.trimEnd().split('\n') ?? []) output.print(`  ${plain(line.replace(/^\t/, '  '))}`)
}

const done: Record<ConnectorPlan['action'], string> = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  pause: 'paused',
  resume: 'resumed',
  restart: 'restarted',
  none: ''
}

export function printConnectorPlan(output: Output, { dryRun, connector, action, task, changes }: ConnectorPlan): void {
  const what = task === null ? plain(connector) : `task ${task} of ${plain(connector)}`
  if (action === 'none') output.print(`${what}: nothing to do`)
  else output.print(dryRun ? `would ${action} ${what}` : `${what} ${paint('green', done[action])}`)
  if (changes.length === 0) return
  const rows = changes.map(({ name, before, after }) => [plain(name), plain(before ?? '-'), plain(after ?? '-')])
  output.print(table(['SETTING', 'BEFORE', 'AFTER'], rows))
}
