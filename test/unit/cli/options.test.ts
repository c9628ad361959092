import t from 'tap'
import {
  brokerIds,
  byteRate,
  count,
  duration,
  instant,
  setting,
  signed,
  topicPartitions,
  wholeNumber
} from '#cli/options.ts'

const now = () => Date.parse('2026-01-31T12:00:00Z')
const invalid = { code: 'commander.invalidArgument' }

const cases: [string, (value: string) => unknown, [string, unknown][], string[]][] = [
  ['a whole number above 0', wholeNumber, [['12', 12]], ['0', '-1', '1.5', '1e3', '', 'x', '9'.repeat(20)]],
  ['a whole number', count, [['0', 0]], ['-1', '', ' ', '0x10']],
  [
    'a signed number',
    signed,
    [
      ['-100', -100],
      ['+5', 5]
    ],
    ['', '--5', '1.5']
  ],
  [
    'a length of time',
    duration,
    [
      ['90s', 90_000],
      ['2h', 7_200_000]
    ],
    ['2', 'h', '1w', '-1h', '']
  ],
  [
    'an instant',
    (value) => instant(value, now),
    [
      ['15m', '2026-01-31T11:45:00.000Z'],
      ['2026-01-31T12:30:00+01:00', '2026-01-31T11:30:00.000Z'],
      ['2026-01-31 12:30', '2026-01-31T12:30:00.000Z'],
      ['2026-01-31', '2026-01-31T00:00:00.000Z']
    ],
    ['yesterday', '2026-13-01', '12', '']
  ],
  [
    'a rate',
    byteRate,
    [
      ['10000000', 10_000_000],
      ['10MB', 10_000_000],
      ['64MiB/s', 67_108_864],
      ['5k', 5000]
    ],
    ['0', 'MB', '1TB', '']
  ],
  ['broker ids', brokerIds, [['1,2', [1, 2]]], ['1,', 'a']],
  [
    'a setting',
    setting,
    [
      ['a=b=c', { a: 'b=c' }],
      ['a=', { a: '' }]
    ],
    ['a', '=b']
  ],
  [
    'topics with partitions',
    topicPartitions,
    [
      ['a', [{ topic: 'a' }]],
      ['a:0,3', [{ topic: 'a', partitions: [0, 3] }]]
    ],
    ['', 'a:', ':1', 'a:1:2']
  ]
]
for (const [name, parse, right, wrong] of cases) {
  t.test(`${name} is read, and anything else refused`, async (t) => {
    for (const [value, meant] of right) t.strictSame(parse(value), meant, value)
    for (const value of wrong) t.throws(() => parse(value), invalid, value)
  })
}
