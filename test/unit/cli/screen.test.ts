import { stripVTControlCharacters as bare } from 'node:util'
import t from 'tap'
import { fold } from '#cli/fold.ts'
import { createScreen } from '#cli/screen.ts'

const folds: { when: string; line: string; columns?: number; lines: string[] }[] = [
  { when: 'it fits', line: 'kafka-2 is away', columns: 15, lines: ['kafka-2 is away'] },
  { when: 'there is no terminal', line: 'kafka-2 is away', lines: ['kafka-2 is away'] },
  { when: 'it is longer', line: 'kafka-2 is away', columns: 10, lines: ['kafka-2 is', '  away'] },
  { when: 'a word is longer than the line', line: 'a kops-probe-2', columns: 8, lines: ['a kops-p', '  robe-2'] },
  { when: 'it is painted', line: '\u001b[31mkafka-2 is\u001b[39m away', columns: 9, lines: ['kafka-2 ', '  is away'] },
  { when: 'the terminal has next to no width', line: 'abc', columns: 1, lines: ['abc'] }
]
for (const { when, line, columns, lines } of folds) {
  t.test(`a line is folded between words when ${when}`, async (t) => {
    t.same(fold(line, columns).map(bare), lines)
  })
}

/** The contents of a terminal after some output, line by line. */
function terminal(columns: number, rows: number) {
  const written: string[] = []
  return {
    columns,
    rows,
    write: (text: string) => written.push(text) > 0,
    last: () => bare(written.at(-1) ?? '').split('\n'),
    first: () => written[0]
  }
}

t.test('a page is folded into the terminal and never makes it scroll', async (t) => {
  for (const [columns, rows] of [
    [120, 30],
    [80, 24],
    [20, 6],
    [5, 2]
  ] as const) {
    const screen = terminal(columns, rows)
    createScreen(screen).draw((page) => {
      for (let line = 0; line < 12; line++) page.print(`kafka-${line} does not answer; it has been away for 12 min`)
    })
    const shown = screen.last()
    t.ok(shown.length <= rows + 1, `${shown.length} lines on ${rows} rows`)
    t.ok(
      shown.every((line) => line.length <= columns),
      `within ${columns} columns`
    )
  }
})

t.test('what does not fit is named, and earlier output is scrolled up', async (t) => {
  const screen = terminal(80, 10)
  const drawing = createScreen(screen)
  drawing.draw((page) => page.print('all is well'))
  t.equal(screen.first(), '\n'.repeat(10))
  t.match(screen.last().join('\n'), /all is well\nCtrl-C quits\./)
  drawing.draw((page) => page.print(Array(20).fill('trouble').join('\n')))
  t.match(screen.last().join('\n'), /Ctrl-C quits\. More below: kops health/)
})
