import t from 'tap'
import { judge, parseRecord, parseStat } from '#shared/cluster/process-identity.ts'

const bootId = '0c4e8a1d-7e7c-4c31-9d2a-6a1f0b2f9a11'
const stat = (pid: number, command: string, state: string, startTime: number) =>
  `${pid} (${command}) ${state} 1 10 10 0 -1 4194560 100 0 0 0 5 3 0 0 20 0 30 0 ${startTime} 2734868 19000 18446744073709551615`

t.test('a stat line is read whatever the command is called', async (t) => {
  const cases = [
    { name: 'plain', command: 'java' },
    { name: 'with spaces', command: 'tmux: server' },
    { name: 'with parentheses', command: 'a) R 1 (b' }
  ]
  for (const { name, command } of cases) {
    t.match(parseStat(stat(42, command, 'S', 990)), { pid: 42, state: 'S', startTime: '990' }, name)
  }
  t.equal(parseStat(''), undefined, 'nothing')
  t.equal(parseStat('42 (java) S 1'), undefined, 'cut short')
})

t.test('a record is a boot id and a stat line, or nothing', async (t) => {
  t.same(parseRecord(`${bootId}\n${stat(42, 'sh', 'R', 990)}\n`), { pid: 42, startTime: '990', bootId })
  for (const [name, text] of [
    ['empty', ''],
    ['half written', bootId],
    ['no boot id', `\n${stat(42, 'sh', 'R', 990)}\n`],
    ['a bare pid', '42\n']
  ] as const) {
    t.equal(parseRecord(text), undefined, name)
  }
})

t.test('only the very process that was started counts as alive', async (t) => {
  const identity = { pid: 42, startTime: '990', bootId }
  const cases = [
    { name: 'it runs', boot: bootId, line: stat(42, 'java', 'S', 990), state: 'running' },
    { name: 'it has become another command', boot: bootId, line: stat(42, 'other', 'R', 990), state: 'running' },
    { name: 'it is stopped by a signal', boot: bootId, line: stat(42, 'java', 'T', 990), state: 'paused' },
    { name: 'it is a zombie', boot: bootId, line: stat(42, 'java', 'Z', 990), state: 'gone' },
    { name: 'its pid is free', boot: bootId, line: undefined, state: 'gone' },
    { name: 'its pid belongs to another', boot: bootId, line: stat(42, 'java', 'S', 991), state: 'gone' },
    { name: 'the machine has restarted', boot: 'another', line: stat(42, 'java', 'S', 990), state: 'gone' }
  ]
  for (const { name, boot, line, state } of cases) t.equal(judge(identity, boot, line), state, name)
})
