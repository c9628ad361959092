import type { DiscardResult, ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import type { DeadLetterOrigin, DeadLetterQueueList, Letter, LetterPage } from '#shared/contracts/dead-letters.ts'
import { ago, rounded } from '#shared/reports/figures.ts'
import { printTable } from '../answer.ts'
import { bytes, counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { columns, cut, shown } from './messages.ts'

export function printQueues(output: Output, { queues, patterns }: DeadLetterQueueList): void {
  const number = (value: number | null) => (value === null ? '?' : String(value))
  const rows = queues.map((queue) => [
    queue.topic,
    number(queue.letters),
    number(queue.undecided),
    number(queue.unconfirmed),
    number(queue.lastHour),
    queue.oldestUndecidedAt === null ? '-' : ago(queue.oldestUndecidedAt),
    queue.originTopic ?? '-'
  ])
  const head = ['QUEUE', 'LETTERS', 'UNDECIDED', 'UNCONFIRMED', 'LAST HOUR', 'OLDEST', 'OF TOPIC']
  printTable(output, head, rows, `There are no dead-letter queues: no topic matches ${patterns}.`)
}

export function printLetters(output: Output, page: LetterPage): void {
  const { letters, scanned, nextCursor } = page
  if (letters.length === 0) output.print(paint('dim', 'No letters.'))
  else {
    const width = Math.max(20, Math.floor(columns() / 4))
    const rows = letters.map((letter) => [
      `${letter.partition}:${letter.offset}`,
      letter.status,
      letter.timestamp ?? '-',
      cut(originOf(letter.origin), width),
      cut(errorOf(letter.origin), width),
      cut(keyOf(letter), 20),
      cut(shown(letter.value, letter.valueEncoding), width)
    ])
    output.print(table(['LETTER', 'STATUS', 'TIME', 'FROM', 'ERROR', 'KEY', 'VALUE'], rows, undefined))
  }
  const progress = `${counted(letters.length, 'letter')}; scanned ${rounded(scanned.records)} (${bytes(scanned.bytes)})`
  output.error(paint('dim', progress, process.stderr))
  if (nextCursor !== undefined) output.error(`There is more: --cursor ${nextCursor}`)
}

function originOf({ topic, partition, offset, group, connector, replays }: DeadLetterOrigin): string {
  if (topic === null) return '-'
  const place = `${topic}${partition === null ? '' : `-${partition}`}${offset === null ? '' : `:${offset}`}`
  const by = group ?? connector
  const again = replays === 0 ? '' : `, replayed ${replays === 1 ? 'once' : `${replays} times`}`
  return plain(`${place}${by === null ? '' : ` by ${by}`}${again}`)
}

/** The class without its package, and the message. */
function errorOf({ errorClass, message }: DeadLetterOrigin): string {
  const name = errorClass?.replace(/^(?:[a-z_][\w$]*\.)+(?=[A-Z])/, '')
  return plain([name, message].filter(Boolean).join(': ') || '-')
}

function keyOf({ key, keyEncoding }: Letter): string {
  return shown(key, keyEncoding)
}

export function printReplay(output: Output, result: ReplayResult): void {
  const { topic, dryRun, selected, replayed, refused, unconfirmed, targets, error } = result
  if (dryRun) output.print(`would replay ${counted(selected, 'letter')} of ${topic}`)
  else output.print(`replayed ${counted(replayed, 'letter')} of ${topic}`)
  for (const { topic, letters, bytes: size, retimed } of targets) {
    const now = retimed === 0 ? '' : `; ${counted(retimed, 'letter')} with the present time instead of their own`
    output.print(`  ${counted(letters, 'letter')} to ${plain(topic)}, ${bytes(size)}${now}`)
  }
  if (refused > 0) output.print(paint('red', `  ${counted(refused, 'letter')} refused by Kafka: they stay undecided`))
  if (unconfirmed > 0) {
    output.print(paint('red', `  ${counted(unconfirmed, 'letter')} unconfirmed: they may have been written`))
  }
  if (error) output.print(paint('red', `  ${plain(error.detail)} (${error.code})`))
  printRest(output, result)
}

export function printDiscard(output: Output, result: DiscardResult): void {
  const { topic, dryRun, selected } = result
  output.print(`${dryRun ? 'would discard' : 'discarded'} ${counted(selected, 'letter')} of ${topic}`)
  printRest(output, result)
}

/** What was left out, and whether there is more. */
function printRest(
  output: Output,
  { skipped, cutBy, dryRun }: Pick<ReplayResult, 'skipped' | 'cutBy' | 'dryRun'>
): void {
  for (const { letters, detail, examples } of skipped) {
    const some = examples.map(({ partition, offset }) => `${partition}:${offset}`).join(', ')
    output.print(paint('yellow', `  skipped ${counted(letters, 'letter')} (${some}): ${plain(detail)}`))
  }
  const ends = { limit: 'at the limit', time: 'when its time was over', refused: 'at the error' }
  if (cutBy !== null) {
    output.print(`Stopped ${ends[cutBy]}: ${dryRun ? 'there may be more' : 'repeat the command to go on'}.`)
  }
}
